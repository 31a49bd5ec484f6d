#include "cairn/codec/zip/member_stream.h"

#include <zlib.h>

#include <algorithm>

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

class Inflater {
 public:
  Inflater() {
    constexpr int kRawDeflate = -15;  // of the greatest window
    is_ready_ = inflateInit2(&state_, kRawDeflate) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (is_ready_) inflateEnd(&state_);
  }

  // Fills as much of `out` as there is. Errors: kNoMemory, kFormat.
  Result<size_t> Fill(PackedBytes& packed, MutableBytes out) {
    if (!is_ready_) return Status(Reason::kNoMemory, "no memory to inflate with");
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = static_cast<uInt>(out.size());
    while (state_.avail_out > 0 && !is_done_) {
      if (state_.avail_in == 0 && !packed.is_empty()) {
        CAIRN_ASSIGN_OR_RETURN(const Bytes more, packed.Next());
        state_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(more.data()));
        state_.avail_in = static_cast<uInt>(more.size());
      }
      const int result = inflate(&state_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        is_done_ = true;
      } else if (result != Z_OK) {
        return Status(Reason::kFormat, "its deflated data is damaged");
      }
    }
    return out.size() - state_.avail_out;
  }

  // Whether the deflated data ended, and nothing is behind it.
  bool is_done() const { return is_done_ && state_.avail_in == 0; }

 private:
  z_stream state_ = {};
  bool is_ready_ = false;
  bool is_done_ = false;
};

class MemberStream final : public TensorStream {
 public:
  MemberStream(std::shared_ptr<const RandomAccessFile> file, uint64_t data, ZipMember member)
      : place_(Escape(file->path()) + ": member " + Quoted(member.name)),
        member_(std::move(member)),
        packed_(std::move(file), data, member_.packed_nbytes) {
    if (member_.method == ZipMethod::kDeflated) inflater_ = std::make_unique<Inflater>();
  }

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    const MutableBytes room = scratch.first(std::min<size_t>(scratch.size(), kMostAtOnce));
    auto filled = Fill(room);
    if (!filled.ok()) return filled.status().In(place_);
    if (*filled == 0) {
      CAIRN_RETURN_IF_ERROR(CheckEnd().In(place_));
      return Bytes();
    }
    const Bytes piece = room.first(*filled);
    done_ += piece.size();
    if (done_ > member_.nbytes)
      return Status(Reason::kLimit, "it has more than the " + std::to_string(member_.nbytes) +
                                        " bytes that the directory says")
          .In(place_);
    crc_ = ExtendCrc32(crc_, piece);
    return piece;
  }

 private:
  static constexpr size_t kMostAtOnce = 1 << 30;  // zlib counts with 32 bits

  Result<size_t> Fill(MutableBytes out) {
    if (inflater_) return inflater_->Fill(packed_, out);
    size_t filled = 0;
    while (filled < out.size()) {
      if (rest_.empty() && packed_.is_empty()) break;
      if (rest_.empty()) {
        CAIRN_ASSIGN_OR_RETURN(rest_, packed_.Next());
      }
      const size_t count = std::min(rest_.size(), out.size() - filled);
      std::ranges::copy(rest_.first(count), out.begin() + static_cast<std::ptrdiff_t>(filled));
      rest_ = rest_.subspan(count);
      filled += count;
    }
    return filled;
  }

  Status CheckEnd() const {
    if (done_ != member_.nbytes)
      return Status(Reason::kSize, "it has " + std::to_string(done_) +
                                       " bytes, the directory says " +
                                       std::to_string(member_.nbytes));
    if (inflater_ && (!inflater_->is_done() || !packed_.is_empty()))
      return Status(Reason::kFormat, "there is something behind its deflated data");
    if (crc_ == member_.crc32) return {};
    return Status(Reason::kCrc, "checksum " + Hex(crc_) + ", expected " + Hex(member_.crc32));
  }

  std::string place_;
  ZipMember member_;
  PackedBytes packed_;
  std::unique_ptr<Inflater> inflater_;
  Bytes rest_;  // of a stored member: what is left of the last buffer
  uint64_t done_ = 0;
  uint32_t crc_ = 0;
};

}  // namespace

Result<std::unique_ptr<TensorStream>> OpenZipMember(std::shared_ptr<const RandomAccessFile> file,
                                                    const ZipMember& member) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t data, LocateZipData(*file, member));
  return std::make_unique<MemberStream>(std::move(file), data, member);
}

}  // namespace cairn
