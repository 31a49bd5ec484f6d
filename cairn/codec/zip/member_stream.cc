#include "cairn/codec/zip/member_stream.h"

#include <algorithm>
#include <optional>

#include "cairn/codec/zip/inflater.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

constexpr size_t kPackedNbytes = 64 << 10;

// The packed bytes, a buffer at a time.
class PackedBytes {
 public:
  PackedBytes(std::shared_ptr<const RandomAccessFile> file, uint64_t offset, uint64_t nbytes)
      : file_(std::move(file)), offset_(offset), left_(nbytes) {}

  bool is_empty() const { return left_ == 0; }
  Result<Bytes> Next() {
    const MutableBytes buffer(buffer_.data(), std::min<uint64_t>(left_, buffer_.size()));
    CAIRN_RETURN_IF_ERROR(file_->ReadAt(offset_, buffer));
    offset_ += buffer.size();
    left_ -= buffer.size();
    return Bytes(buffer);
  }

 private:
  std::shared_ptr<const RandomAccessFile> file_;
  uint64_t offset_;
  uint64_t left_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kPackedNbytes);
};

class MemberStream final : public TensorStream {
 public:
  // `inflater` of deflated members alone.
  MemberStream(std::shared_ptr<const RandomAccessFile> file, uint64_t data, ZipMember member,
               std::optional<Inflater> inflater)
      : path_(file->path()),
        member_(std::move(member)),
        packed_(std::move(file), data, member_.packed_nbytes),
        inflater_(std::move(inflater)) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    const MutableBytes room = scratch.first(std::min<size_t>(scratch.size(), kMostAtOnce));
    auto filled = Fill(room);
    if (!filled.ok()) return Placed(filled.status());
    if (*filled == 0) {
      CAIRN_RETURN_IF_ERROR(Placed(CheckEnd()));
      return Bytes();
    }
    const Bytes piece = room.first(*filled);
    done_ += piece.size();
    // A few packed bytes can inflate to any length, so the limit holds while the member is read and
    // not only at its end.
    if (done_ > member_.nbytes)
      return Placed(Status(Reason::kLimit, "it has more than the " +
                                               std::to_string(member_.nbytes) +
                                               " bytes that the directory says"));
    crc_ = ExtendCrc32(crc_, piece);
    return piece;
  }

 private:
  static constexpr size_t kMostAtOnce = 1 << 30;  // inflaters count with 32 bits

  Status Placed(const Status& error) const {
    return error.In("member " + Quoted(member_.name)).AtPath(path_);
  }

  // Fills as much of `out` as there are bytes for.
  Result<size_t> Fill(MutableBytes out) {
    size_t filled = 0;
    while (filled < out.size()) {
      if (rest_.empty() && !packed_.is_empty()) {
        CAIRN_ASSIGN_OR_RETURN(rest_, packed_.Next());
      }
      CAIRN_ASSIGN_OR_RETURN(const size_t count, Take(out.subspan(filled)));
      if (count == 0 && rest_.empty() && packed_.is_empty()) break;
      filled += count;
    }
    return filled;
  }

  Result<size_t> Take(MutableBytes out) {
    if (inflater_) return Inflate(out);
    const size_t count = std::min(rest_.size(), out.size());
    CopyBytes(rest_.first(count), out.data());
    rest_ = rest_.subspan(count);
    return count;
  }

  // Whoever takes nothing and gives nothing, while there is something to take, never will.
  Result<size_t> Inflate(MutableBytes out) {
    const size_t before = rest_.size();
    CAIRN_ASSIGN_OR_RETURN(const size_t count, inflater_->Inflate(rest_, out));
    if (count == 0 && before > 0 && rest_.size() == before)
      return Status(Reason::kFormat, "there are bytes after its deflated data");
    return count;
  }

  Status CheckEnd() const {
    if (inflater_ && !inflater_->is_done())
      return Status(Reason::kFormat, "its deflated data was cut");
    if (inflater_ && inflater_->num_behind_end() > 0)
      return Status(Reason::kFormat, "there are bytes after its deflated data");
    if (done_ != member_.nbytes)
      return Status(Reason::kSize, "it has " + std::to_string(done_) +
                                       " bytes, the directory says " +
                                       std::to_string(member_.nbytes));
    if (crc_ == member_.crc32) return {};
    return Status(Reason::kCrc, "checksum " + Hex(crc_) + ", expected " + Hex(member_.crc32));
  }

  std::string path_;
  ZipMember member_;
  PackedBytes packed_;
  std::optional<Inflater> inflater_;
  Bytes rest_;  // what is left of the last buffer
  uint64_t done_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace

Result<std::unique_ptr<TensorStream>> OpenZipMember(std::shared_ptr<const RandomAccessFile> file,
                                                    const ZipMember& member) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t data, LocateZipData(*file, member));
  std::optional<Inflater> inflater;
  if (member.method == ZipMethod::kDeflated) {
    CAIRN_ASSIGN_OR_RETURN(inflater, Inflater::Make());
  }
  return std::make_unique<MemberStream>(std::move(file), data, member, std::move(inflater));
}

}  // namespace cairn
