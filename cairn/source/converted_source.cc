#include "cairn/source/converted_source.h"

#include <algorithm>
#include <array>

#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

constexpr size_t kStoredScratchNbytes = 64 << 10;
constexpr size_t kMaxUnitNbytes = 16;

class ConvertedStream final : public TensorStream {
 public:
  ConvertedStream(std::unique_ptr<TensorStream> stored, const UnitConversion& conversion)
      : stored_(std::move(stored)),
        conversion_(conversion),
        convert_(conversion.begin()),
        scratch_(kStoredScratchNbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    CAIRN_RETURN_IF_ERROR(Refill());
    if (const size_t units = std::min(scratch.size() / conversion_.value_nbytes,
                                      rest_.size() / conversion_.stored_nbytes);
        pending_.empty() && units > 0) {
      const size_t nbytes = units * conversion_.stored_nbytes;
      CAIRN_RETURN_IF_ERROR(convert_(rest_.first(nbytes), scratch.data()));
      rest_ = rest_.subspan(nbytes);
      return scratch.first(units * conversion_.value_nbytes);
    }
    CAIRN_RETURN_IF_ERROR(TakeUnit());
    const size_t count = std::min(scratch.size(), pending_.size());
    CopyBytes(pending_.first(count), scratch.data());
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
    std::array<std::byte, kMaxUnitNbytes> stored;
    for (size_t i = 0; i < conversion_.stored_nbytes; ++i) {
      CAIRN_RETURN_IF_ERROR(Refill());
      if (has_ended_) return Status(Reason::kSize, "the value ends inside of an element");
      stored[i] = rest_.front();
      rest_ = rest_.subspan(1);
    }
    CAIRN_RETURN_IF_ERROR(convert_(Bytes(stored).first(conversion_.stored_nbytes), unit_.data()));
    pending_ = Bytes(unit_).first(conversion_.value_nbytes);
    return {};
  }

  std::unique_ptr<TensorStream> stored_;
  UnitConversion conversion_;
  UnitConverter convert_;
  std::vector<std::byte> scratch_;
  Bytes rest_;  // of the last piece of the stored stream
  bool has_ended_ = false;
  std::array<std::byte, kMaxUnitNbytes> unit_;
  Bytes pending_;  // of unit_
};

class ConvertedSource final : public TensorSource {
 public:
  ConvertedSource(std::shared_ptr<const TensorSource> stored, DType dtype, Shape shape,
                  const UnitConversion& conversion)
      : stored_(std::move(stored)),
        dtype_(dtype),
        shape_(std::move(shape)),
        conversion_(conversion) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }

  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(auto stream, stored_->OpenStream());
    return std::make_unique<ConvertedStream>(std::move(stream), conversion_);
  }

  Result<std::unique_ptr<TensorStream>> OpenInAnyOrder() const override {
    CAIRN_ASSIGN_OR_RETURN(auto stream, stored_->OpenInAnyOrder());
    return std::make_unique<ConvertedStream>(std::move(stream), conversion_);
  }

  Status CheckCanBeHeld() const override { return stored_->CheckCanBeHeld(); }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), nbytes())) return PastTheEnd(offset, out.size(), nbytes());
    const auto& [stored_nbytes, value_nbytes, begin] = conversion_;
    const uint64_t first = offset / value_nbytes;
    const uint64_t last = (offset + out.size() + value_nbytes - 1) / value_nbytes;
    std::vector<std::byte> stored((last - first) * stored_nbytes);
    CAIRN_RETURN_IF_ERROR(stored_->ReadAt(first * stored_nbytes, stored));
    std::vector<std::byte> value((last - first) * value_nbytes);
    CAIRN_RETURN_IF_ERROR(begin()(stored, value.data()));
    CopyBytes(Bytes(value).subspan(offset - first * value_nbytes, out.size()), out.data());
    return {};
  }
  bool has_random_access() const override { return stored_->has_random_access(); }

 private:
  std::shared_ptr<const TensorSource> stored_;
  DType dtype_;
  Shape shape_;
  UnitConversion conversion_;
};

}  // namespace

std::shared_ptr<const TensorSource> ConvertUnits(std::shared_ptr<const TensorSource> stored,
                                                 DType dtype, Shape shape,
                                                 const UnitConversion& conversion) {
  return std::make_shared<const ConvertedSource>(std::move(stored), dtype, std::move(shape),
                                                 conversion);
}

}  // namespace cairn
