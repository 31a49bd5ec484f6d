#include "cairn/formats/npz/packed_fortran_order.h"

#include <algorithm>

#include "cairn/core/box.h"
#include "cairn/formats/npz/fortran_order.h"
#include "cairn/source/picked_source.h"

namespace cairn::npz {
namespace {

using OpenPacked = std::function<Result<std::unique_ptr<TensorStream>>()>;

constexpr size_t kUnpackedNbytes = 256 << 10;  // that are read at once

// The bytes in the order in which they are stored. As a tensor they are row-major: its dimensions
// are those of the array in reverse, then the bytes of an element.
class StoredOrder final : public TensorSource {
 public:
  StoredOrder(OpenPacked open, Shape shape) : open_(std::move(open)), shape_(std::move(shape)) {}

  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return open_(); }

 private:
  OpenPacked open_;
  Shape shape_;
};

// From dimensions, or from ranges of them, to those of StoredOrder.
template <typename T>
std::vector<T> InStoredOrder(const std::vector<T>& axes, T bytes_of_element) {
  std::vector<T> stored(axes.rbegin(), axes.rend());
  stored.push_back(bytes_of_element);
  return stored;
}

class PackedRowMajorStream final : public TensorStream {
 public:
  PackedRowMajorStream(OpenPacked open, std::vector<int64_t> dims, uint64_t element_nbytes,
                       uint64_t part_nbytes)
      : open_(std::move(open)), dims_(std::move(dims)), element_nbytes_(element_nbytes) {
    has_ended_ = element_nbytes == 0 || std::ranges::find(dims_, 0) != dims_.end();
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
  // A part is one index of the dimensions before cut_, some of cut_, all of those after it: its
  // elements are consecutive in the value.
  void ShapeParts(uint64_t part_nbytes) {
    uint64_t behind = element_nbytes_;
    cut_ = dims_.size() - 1;
    for (; cut_ > 0 && behind * SizeOf(cut_) <= part_nbytes; --cut_) behind *= SizeOf(cut_);
    most_of_cut_ =
        static_cast<int64_t>(std::clamp<uint64_t>(part_nbytes / behind, 1, SizeOf(cut_)));
    for (size_t d = 0; d < dims_.size(); ++d) box_.push_back({0, d < cut_ ? 1 : dims_[d]});
    box_[cut_].length = most_of_cut_;
  }

  uint64_t SizeOf(size_t d) const { return static_cast<uint64_t>(dims_[d]); }

  bool NextPart() {
    box_[cut_].start += box_[cut_].length;
    for (size_t d = cut_; box_[d].start == dims_[d]; --d) {
      if (d == 0) return false;
      box_[d].start = 0;
      ++box_[d - 1].start;
    }
    box_[cut_].length = std::min(most_of_cut_, dims_[cut_] - box_[cut_].start);
    return true;
  }

  // Picks the elements of the part, which are still in Fortran order then.
  Status ReadPart() {
    const auto width = static_cast<int64_t>(element_nbytes_);
    CAIRN_ASSIGN_OR_RETURN(Shape whole, Shape::Make(InStoredOrder(dims_, width)));
    BoxRuns runs(whole.dims(), InStoredOrder(box_, Range{0, width}));
    const uint64_t nbytes = NumElementsOf(box_) * element_nbytes_;
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make({static_cast<int64_t>(nbytes)}));
    const auto picked = Pick(std::make_shared<const StoredOrder>(open_, std::move(whole)),
                             std::move(runs), std::move(shape));
    CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, ReadWhole(*picked));
    std::vector<int64_t> dims;
    for (const Range& range : box_) dims.push_back(range.length);
    auto memory = std::make_shared<const MemoryFile>(std::move(bytes), "memory");
    part_ = StreamRowMajor({std::move(memory), 0, nbytes, std::nullopt}, dims, element_nbytes_);
    return {};
  }

  static Result<std::vector<std::byte>> ReadWhole(const TensorSource& picked) {
    CAIRN_ASSIGN_OR_RETURN(const auto stream, picked.OpenStream());
    std::vector<std::byte> bytes(picked.nbytes());
    std::vector<std::byte> spare(kUnpackedNbytes);
    MutableBytes room = bytes;
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(room.empty() ? spare : room));
      if (piece.size() > room.size() || (piece.empty() && !room.empty()))
        return Status(Reason::kSize, "another size is stored than its dimensions need");
      if (piece.empty()) return bytes;
      if (piece.data() != room.data()) std::ranges::copy(piece, room.begin());
      room = room.subspan(piece.size());
    }
  }

  OpenPacked open_;
  std::vector<int64_t> dims_;
  uint64_t element_nbytes_;
  size_t cut_ = 0;
  int64_t most_of_cut_ = 0;  // in a part
  Box box_;                  // the next part
  bool has_ended_ = false;
  std::unique_ptr<TensorStream> part_;
};

}  // namespace

std::unique_ptr<TensorStream> StreamPackedRowMajor(OpenPacked open, std::vector<int64_t> dims,
                                                   uint64_t element_nbytes, uint64_t part_nbytes) {
  return std::make_unique<PackedRowMajorStream>(std::move(open), std::move(dims), element_nbytes,
                                                part_nbytes);
}

}  // namespace cairn::npz
