#include "cairn/formats/npz/pack_members.h"

#include <algorithm>

#include "cairn/codec/zip/deflater.h"
#include "cairn/codec/zip/zip_writer.h"
#include "cairn/formats/npz/npy_array.h"
#include "cairn/io/checksum.h"
#include "cairn/transfer/encode_all.h"

namespace cairn::npz {
namespace {

class DeflatingEncoder final : public SegmentEncoder {
 public:
  // A segment, which the header of an array may precede, and what it becomes.
  static constexpr uint64_t kNbytes = kSegmentNbytes + Deflater::Bound(kSegmentNbytes);

  static Result<std::unique_ptr<SegmentEncoder>> Make(int level) {
    CAIRN_ASSIGN_OR_RETURN(Deflater deflater, Deflater::Make(level));
    return std::unique_ptr<SegmentEncoder>(new DeflatingEncoder(std::move(deflater)));
  }

  void Begin() override { plain_.clear(); }
  Status Add(Bytes plain) override {
    plain_.insert(plain_.end(), plain.begin(), plain.end());
    return {};
  }
  Result<Bytes> Finish(bool is_last) override {
    packed_.resize(std::max<uint64_t>(packed_.size(), Deflater::Bound(plain_.size())));
    return deflater_.Pack(plain_, is_last, packed_);
  }

 private:
  explicit DeflatingEncoder(Deflater deflater) : deflater_(std::move(deflater)) {}

  Deflater deflater_;
  std::vector<std::byte> plain_;
  std::vector<std::byte> packed_;
};

std::string LocalHeader(const PlannedArray& array, const ZipMember& member) {
  // More than all its segments together may come to.
  const uint64_t most = array.nbytes() + array.nbytes() / 4 + Deflater::Bound(0);
  return EncodeZipLocalHeader(member, NeedsZip64(most), 1);
}

// Into the member's entry of the directory, and its local header.
std::string FinishMember(const PlannedArray& array, const EncodedValue& encoded,
                         ZipMember& member) {
  member.header_offset = encoded.offset;
  member.nbytes = encoded.plain_nbytes;
  member.packed_nbytes = encoded.nbytes;
  member.crc32 = encoded.checksum;
  return LocalHeader(array, member);
}

}  // namespace

Result<WrittenMembers> PackMembers(std::span<const PlannedArray> arrays,
                                   std::span<ZipMember> members, WritableFile& file, int level,
                                   const TransferOptions& options) {
  std::vector<EncodeJob> jobs;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const auto head = [&array = arrays[i], &member = members[i]](const EncodedValue& encoded) {
      return FinishMember(array, encoded, member);
    };
    jobs.push_back({arrays[i].value, arrays[i].header, Checksum::Kind::kCrc32,
                    LocalHeader(arrays[i], members[i]).size(), head});
    names.push_back(WithoutEnding(members[i].name));
  }
  const EncoderFactory encoders{[level] { return DeflatingEncoder::Make(level); },
                                DeflatingEncoder::kNbytes};
  CAIRN_ASSIGN_OR_RETURN(const auto encoded, EncodeAll(jobs, encoders, file, options, names));
  WrittenMembers written;
  if (!encoded.empty())
    written.end = encoded.back().offset + jobs.back().head_nbytes + encoded.back().nbytes;
  uint32_t packed_crc32 = 0;
  for (size_t i = 0; i < arrays.size(); ++i) {
    written.AddHeader(LocalHeader(arrays[i], members[i]));
    packed_crc32 = CombineChecksum(Checksum::Kind::kCrc32, packed_crc32,
                                   encoded[i].encoded_checksum, encoded[i].nbytes);
  }
  written.packed_crc32 = packed_crc32;
  return written;
}

void WrittenMembers::AddHeader(std::string_view local_header) {
  headers_crc32 = ExtendChecksum(Checksum::Kind::kCrc32, headers_crc32, AsBytes(local_header));
}

}  // namespace cairn::npz
