#include "cairn/source/rows_source.h"

#include <algorithm>
#include <string>

namespace cairn {
namespace {

using Rows = std::shared_ptr<const std::vector<int64_t>>;  // streams may outlive their source

constexpr size_t kWholeNbytesAtOnce = 256 << 10;

class RowsStream final : public TensorStream {
 public:
  RowsStream(std::shared_ptr<const TensorSource> whole, Rows rows, uint64_t row_nbytes,
             uint64_t part_nbytes)
      : whole_(std::move(whole)),
        rows_(std::move(rows)),
        row_nbytes_(row_nbytes),
        rows_in_part_(row_nbytes == 0 ? 0 : std::max<uint64_t>(part_nbytes / row_nbytes, 1)) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    if (given_ == part_.size()) CAIRN_RETURN_IF_ERROR(ReadPart());
    const size_t count = std::min(scratch.size(), part_.size() - given_);
    CopyBytes(Bytes(part_).subspan(given_, count), scratch.data());
    given_ += count;
    return scratch.first(count);
  }

 private:
  // Leaves it empty after the last. Also a value of which no row is taken is read once.
  Status ReadPart() {
    given_ = 0;
    const size_t count = std::min<uint64_t>(rows_in_part_, rows_->size() - next_row_);
    part_.assign(count * row_nbytes_, std::byte{0});
    if (count == 0 && is_checked_) return {};
    is_checked_ = true;
    const std::vector<size_t> order = PlacesByRow(count);
    CAIRN_RETURN_IF_ERROR(Collect(order));
    next_row_ += count;
    return {};
  }

  int64_t RowAt(size_t place) const { return (*rows_)[next_row_ + place]; }

  // The places of the part that take a row, in the order of the rows that they take.
  std::vector<size_t> PlacesByRow(size_t count) const {
    std::vector<size_t> places;
    for (size_t place = 0; place < count; ++place) {
      if (RowAt(place) != kNoRow) places.push_back(place);
    }
    std::ranges::stable_sort(places, {}, [&](size_t place) { return RowAt(place); });
    return places;
  }

  // Reads the whole value, and copies what it has of the rows to their places.
  Status Collect(const std::vector<size_t>& places) {
    CAIRN_ASSIGN_OR_RETURN(const auto stream, whole_->OpenStream());
    std::vector<std::byte> scratch(kWholeNbytesAtOnce);
    uint64_t position = 0;
    size_t first = 0;  // of the places whose row is not complete
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
      if (piece.empty()) break;
      const uint64_t end = position + piece.size();
      for (size_t k = first; k < places.size(); ++k) {
        const uint64_t row_begin = static_cast<uint64_t>(RowAt(places[k])) * row_nbytes_;
        if (row_begin >= end) break;
        const uint64_t from = std::max(row_begin, position);
        const uint64_t to = std::min(row_begin + row_nbytes_, end);
        CopyBytes(piece.subspan(from - position, to - from),
                  part_.data() + places[k] * row_nbytes_ + from - row_begin);
        if (to == row_begin + row_nbytes_) first = k + 1;
      }
      position = end;
    }
    return first == places.size() ? Status()
                                  : Status(Reason::kSize, "the value ends before its last row");
  }

  std::shared_ptr<const TensorSource> whole_;
  Rows rows_;
  uint64_t row_nbytes_;
  uint64_t rows_in_part_;
  size_t next_row_ = 0;
  bool is_checked_ = false;
  std::vector<std::byte> part_;
  size_t given_ = 0;  // of it
};

class RowsSource final : public TensorSource {
 public:
  RowsSource(std::shared_ptr<const TensorSource> whole, Rows rows, Shape shape,
             uint64_t part_nbytes)
      : whole_(std::move(whole)),
        rows_(std::move(rows)),
        shape_(std::move(shape)),
        part_nbytes_(part_nbytes) {}

  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    const uint64_t row_nbytes = rows_->empty() ? 0 : nbytes() / rows_->size();
    return std::make_unique<RowsStream>(whole_, rows_, row_nbytes, part_nbytes_);
  }
  Status CheckCanBeHeld() const override { return whole_->CheckCanBeHeld(); }

 private:
  std::shared_ptr<const TensorSource> whole_;
  Rows rows_;
  Shape shape_;
  uint64_t part_nbytes_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> PickRows(std::shared_ptr<const TensorSource> whole,
                                                     std::vector<int64_t> rows,
                                                     uint64_t part_nbytes) {
  std::vector<int64_t> dims(whole->shape().dims().begin(), whole->shape().dims().end());
  if (dims.empty()) return Status(Reason::kArgument, "a scalar has no rows");
  if (ElementNbytes(whole->dtype()) == 0)
    return Status(Reason::kArgument, "rows of strings cannot be picked");
  for (const int64_t row : rows) {
    if (row != kNoRow && (row < 0 || row >= dims[0]))
      return Status(Reason::kArgument, "there is no row " + std::to_string(row) + ", it has " +
                                           std::to_string(dims[0]));
  }
  dims[0] = static_cast<int64_t>(rows.size());
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(std::move(dims)));
  return std::make_shared<const RowsSource>(
      std::move(whole), std::make_shared<const std::vector<int64_t>>(std::move(rows)),
      std::move(shape), part_nbytes);
}

}  // namespace cairn
