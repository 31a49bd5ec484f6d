#include "cairn/source/transposed_source.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cairn/core/box.h"
#include "cairn/source/picked_source.h"
#include "cairn/source/strided_stream.h"

namespace cairn {
namespace {

// The strides of row-major elements of these dimensions, in bytes.
std::vector<uint64_t> RowMajorStrides(std::span<const int64_t> dims, uint64_t element_nbytes) {
  std::vector<uint64_t> strides(dims.size());
  uint64_t stride = element_nbytes;
  for (size_t d = dims.size(); d-- > 0; stride *= static_cast<uint64_t>(dims[d]))
    strides[d] = stride;
  return strides;
}

// The elements of `stored`, row-major of `dims`, with the dimensions in the order of `axes`.
std::unique_ptr<TensorStream> StreamTransposed(Extent stored, std::span<const int64_t> dims,
                                               std::span<const size_t> axes,
                                               uint64_t element_nbytes) {
  const std::vector<uint64_t> strides = RowMajorStrides(dims, element_nbytes);
  std::vector<StridedAxis> strided;
  for (const size_t axis : axes)
    strided.push_back({static_cast<uint64_t>(dims[axis]), strides[axis]});
  return StreamStrided(std::move(stored), std::move(strided), element_nbytes);
}

// A value that can only be read from its first byte to its last: a part of the result after the
// other, each picked out of the whole.
class PartsStream final : public TensorStream {
 public:
  PartsStream(std::shared_ptr<const TensorSource> whole, std::vector<size_t> axes,
              uint64_t part_nbytes)
      : whole_(std::move(whole)), axes_(std::move(axes)) {
    has_ended_ = whole_->shape().num_elements() == 0;
    if (!has_ended_) ShapeParts(part_nbytes);
  }

  Result<Bytes> Next(MutableBytes scratch) override {
    while (true) {
      if (!part_) {
        if (has_ended_) return Bytes();
        CAIRN_RETURN_IF_ERROR(ReadPart());
        has_ended_ = !NextPart();
      }
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, part_->Next(scratch));
      if (!piece.empty()) return piece;
      part_.reset();
    }
  }

 private:
  int64_t SizeOf(size_t d) const { return whole_->shape().dims()[axes_[d]]; }

  // A part is one index of the dimensions before cut_, some of cut_, all of those after it: its
  // elements are consecutive in the result.
  void ShapeParts(uint64_t part_nbytes) {
    uint64_t behind = ElementNbytes(whole_->dtype());
    cut_ = axes_.size() - 1;
    for (; cut_ > 0; --cut_) {
      const uint64_t with_cut = behind * static_cast<uint64_t>(SizeOf(cut_));
      if (with_cut > part_nbytes) break;
      behind = with_cut;
    }
    most_of_cut_ = static_cast<int64_t>(
        std::clamp<uint64_t>(part_nbytes / behind, 1, static_cast<uint64_t>(SizeOf(cut_))));
    for (size_t d = 0; d < axes_.size(); ++d) box_.push_back({0, d < cut_ ? 1 : SizeOf(d)});
    box_[cut_].length = most_of_cut_;
  }

  bool NextPart() {
    box_[cut_].start += box_[cut_].length;
    for (size_t d = cut_; box_[d].start == SizeOf(d); --d) {
      if (d == 0) return false;
      box_[d].start = 0;
      ++box_[d - 1].start;
    }
    box_[cut_].length = std::min(most_of_cut_, SizeOf(cut_) - box_[cut_].start);
    return true;
  }

  // Picks the elements of the part, which are in the order of the whole then.
  Status ReadPart() {
    Box stored(box_.size());
    std::vector<int64_t> dims(box_.size());
    for (size_t d = 0; d < box_.size(); ++d) {
      stored[axes_[d]] = box_[d];
      dims[axes_[d]] = box_[d].length;
    }
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
    const auto picked = Pick(whole_, BoxRuns(whole_->shape().dims(), stored), std::move(shape));
    CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, ReadWhole(*picked));
    const uint64_t nbytes = bytes.size();
    auto memory = std::make_shared<const MemoryFile>(std::move(bytes), "memory");
    part_ = StreamTransposed({std::move(memory), 0, nbytes, std::nullopt}, dims, axes_,
                             ElementNbytes(whole_->dtype()));
    return {};
  }

  static Result<std::vector<std::byte>> ReadWhole(const TensorSource& picked) {
    CAIRN_ASSIGN_OR_RETURN(const auto stream, picked.OpenStream());
    std::vector<std::byte> bytes(picked.nbytes());
    std::byte spare[1];
    MutableBytes room = bytes;
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(room.empty() ? spare : room));
      if (piece.size() > room.size() || (piece.empty() && !room.empty()))
        return Status(Reason::kSize, "another size is stored than its dimensions need");
      if (piece.empty()) return bytes;
      if (piece.data() != room.data()) CopyBytes(piece, room.data());
      room = room.subspan(piece.size());
    }
  }

  std::shared_ptr<const TensorSource> whole_;
  std::vector<size_t> axes_;
  size_t cut_ = 0;
  int64_t most_of_cut_ = 0;  // in a part
  Box box_;                  // of the result: the next part
  bool has_ended_ = false;
  std::unique_ptr<TensorStream> part_;
};

class TransposedSource final : public TensorSource {
 public:
  TransposedSource(std::shared_ptr<const TensorSource> whole, std::vector<size_t> axes, Shape shape,
                   uint64_t part_nbytes)
      : whole_(std::move(whole)),
        axes_(std::move(axes)),
        shape_(std::move(shape)),
        part_nbytes_(part_nbytes) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    if (auto extent = whole_->extent())
      return StreamTransposed(*std::move(extent), whole_->shape().dims(), axes_,
                              ElementNbytes(dtype()));
    return std::make_unique<PartsStream>(whole_, axes_, part_nbytes_);
  }
  Result<std::unique_ptr<TensorStream>> OpenInAnyOrder() const override {
    return whole_->OpenInAnyOrder();
  }
  Status CheckCanBeHeld() const override { return whole_->CheckCanBeHeld(); }

 private:
  std::shared_ptr<const TensorSource> whole_;
  std::vector<size_t> axes_;
  Shape shape_;
  uint64_t part_nbytes_;
};

bool IsOrder(std::span<const size_t> axes) {
  std::vector<size_t> sorted(axes.begin(), axes.end());
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != i) return false;
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> Transpose(std::shared_ptr<const TensorSource> whole,
                                                      std::span<const size_t> axes,
                                                      uint64_t part_nbytes) {
  const std::span<const int64_t> dims = whole->shape().dims();
  if (axes.size() != dims.size() || !IsOrder(axes))
    return Status(Reason::kArgument, "an order of " + std::to_string(dims.size()) +
                                         " dimensions has each of their numbers once");
  if (ElementNbytes(whole->dtype()) == 0)
    return Status(Reason::kArgument, "the dimensions of strings cannot be put into another order");
  if (std::ranges::is_sorted(axes)) return whole;
  std::vector<int64_t> turned;
  for (const size_t axis : axes) turned.push_back(dims[axis]);
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(std::move(turned)));
  return std::make_shared<const TransposedSource>(std::move(whole),
                                                  std::vector<size_t>(axes.begin(), axes.end()),
                                                  std::move(shape), part_nbytes);
}

}  // namespace cairn
