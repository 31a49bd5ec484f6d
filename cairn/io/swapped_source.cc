#include "cairn/io/swapped_source.h"

#include <algorithm>
#include <array>

#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

constexpr size_t kStoredScratchNbytes = 64 << 10;

template <typename Unit>
void ReverseUnits(const std::byte* from, size_t count, std::byte* to) {
  for (size_t i = 0; i < count; ++i) {
    auto unit = LoadLittleEndian<Unit>(from + i * sizeof(Unit));
    if constexpr (sizeof(Unit) == 2) unit = __builtin_bswap16(unit);
    if constexpr (sizeof(Unit) == 4) unit = __builtin_bswap32(unit);
    if constexpr (sizeof(Unit) == 8) unit = __builtin_bswap64(unit);
    StoreLittleEndian(to + i * sizeof(Unit), unit);
  }
}

// `from` holds whole units; `to` has as many bytes.
void Reverse(Bytes from, size_t unit_nbytes, std::byte* to) {
  switch (unit_nbytes) {
    case 2:
      return ReverseUnits<uint16_t>(from.data(), from.size() / 2, to);
    case 4:
      return ReverseUnits<uint32_t>(from.data(), from.size() / 4, to);
    default:
      return ReverseUnits<uint64_t>(from.data(), from.size() / 8, to);
  }
}

class SwappedStream final : public TensorStream {
 public:
  SwappedStream(std::unique_ptr<TensorStream> stored, size_t unit_nbytes)
      : stored_(std::move(stored)), unit_nbytes_(unit_nbytes), scratch_(kStoredScratchNbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    CAIRN_RETURN_IF_ERROR(Refill());
    if (const size_t units = std::min(scratch.size(), rest_.size()) / unit_nbytes_;
        pending_.empty() && units > 0) {
      const size_t nbytes = units * unit_nbytes_;
      Reverse(rest_.first(nbytes), unit_nbytes_, scratch.data());
      rest_ = rest_.subspan(nbytes);
      return scratch.first(nbytes);
    }
    CAIRN_RETURN_IF_ERROR(TakeUnit());
    const size_t count = std::min(scratch.size(), pending_.size());
    std::ranges::copy(pending_.first(count), scratch.begin());
    pending_ = pending_.subspan(count);
    return scratch.first(count);
  }

 private:
  Status Refill() {
    if (!rest_.empty() || has_ended_) return {};
    CAIRN_ASSIGN_OR_RETURN(rest_, stored_->Next(scratch_));
    has_ended_ = rest_.empty();
    return {};
  }

  // One unit into pending_, where a piece of the stored stream, or the room, ends inside of it.
  Status TakeUnit() {
    if (!pending_.empty() || has_ended_) return {};
    std::array<std::byte, 8> stored;
    for (size_t i = 0; i < unit_nbytes_; ++i) {
      CAIRN_RETURN_IF_ERROR(Refill());
      if (has_ended_) return Status(Reason::kSize, "the value ends inside of an element");
      stored[i] = rest_.front();
      rest_ = rest_.subspan(1);
    }
    Reverse(Bytes(stored).first(unit_nbytes_), unit_nbytes_, unit_.data());
    pending_ = Bytes(unit_).first(unit_nbytes_);
    return {};
  }

  std::unique_ptr<TensorStream> stored_;
  size_t unit_nbytes_;
  std::vector<std::byte> scratch_;
  Bytes rest_;  // of the last piece of the stored stream
  bool has_ended_ = false;
  std::array<std::byte, 8> unit_;
  Bytes pending_;  // of unit_
};

class SwappedSource final : public TensorSource {
 public:
  SwappedSource(std::shared_ptr<const TensorSource> stored, size_t unit_nbytes)
      : stored_(std::move(stored)), unit_nbytes_(unit_nbytes) {}

  DType dtype() const override { return stored_->dtype(); }
  const Shape& shape() const override { return stored_->shape(); }

  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(auto stream, stored_->OpenStream());
    return std::make_unique<SwappedStream>(std::move(stream), unit_nbytes_);
  }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), nbytes())) return PastTheEnd(offset, out.size(), nbytes());
    const uint64_t begin = offset / unit_nbytes_ * unit_nbytes_;
    const uint64_t end = (offset + out.size() + unit_nbytes_ - 1) / unit_nbytes_ * unit_nbytes_;
    std::vector<std::byte> stored(end - begin);
    CAIRN_RETURN_IF_ERROR(stored_->ReadAt(begin, stored));
    std::vector<std::byte> value(stored.size());
    Reverse(stored, unit_nbytes_, value.data());
    std::ranges::copy(Bytes(value).subspan(offset - begin, out.size()), out.begin());
    return {};
  }
  bool has_random_access() const override { return stored_->has_random_access(); }

 private:
  std::shared_ptr<const TensorSource> stored_;
  size_t unit_nbytes_;
};

}  // namespace

std::shared_ptr<const TensorSource> SwapBytes(std::shared_ptr<const TensorSource> stored) {
  const size_t unit_nbytes = InfoOf(stored->dtype()).swap_nbytes;
  if (unit_nbytes == 1) return stored;
  return std::make_shared<const SwappedSource>(std::move(stored), unit_nbytes);
}

}  // namespace cairn
