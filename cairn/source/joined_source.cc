#include "cairn/source/joined_source.h"

#include <algorithm>

#include "cairn/core/checked_math.h"
#include "cairn/core/tiling.h"
#include "cairn/source/joined_stream.h"
#include "cairn/source/picked_source.h"

namespace cairn {
namespace {

Status CheckPart(const JoinedSource::Slice& slice, DType dtype, const Shape& whole) {
  CAIRN_RETURN_IF_ERROR(CheckBox(whole.dims(), slice.box));
  if (slice.source->dtype() != dtype) {
    return Status(Reason::kDType, "slice " + ToString(slice.box) + " is of dtype " +
                                      std::string(Name(slice.source->dtype())) +
                                      ", the tensor of " + std::string(Name(dtype)));
  }
  const auto dims = slice.source->shape().dims();
  if (std::ranges::equal(dims, slice.box, {}, {}, &Range::length)) return {};
  return Status(Reason::kSlice,
                "slice " + ToString(slice.box) + " has the shape " + ToString(dims));
}

Status CheckParts(std::span<const JoinedSource::Slice> slices, DType dtype, const Shape& whole) {
  std::vector<Box> boxes;
  boxes.reserve(slices.size());
  for (const JoinedSource::Slice& slice : slices) {
    CAIRN_RETURN_IF_ERROR(CheckPart(slice, dtype, whole));
    boxes.push_back(slice.box);
  }
  return CheckTiling(whole, boxes);
}

void SortByFirstElement(std::vector<JoinedSource::Slice>& slices) {
  std::ranges::sort(
      slices,
      [](const Box& a, const Box& b) {
        return std::ranges::lexicographical_compare(a, b, {}, &Range::start, &Range::start);
      },
      &JoinedSource::Slice::box);
}

// Returns every slice's extent, or nothing if any slice lacks one: `slices()` is all or nothing.
std::vector<SliceExtent> ExtentsOf(std::span<const JoinedSource::Slice> slices) {
  std::vector<SliceExtent> extents;
  for (const JoinedSource::Slice& slice : slices) {
    auto extent = slice.source->extent();
    if (!extent) return {};
    extents.push_back({slice.box, *std::move(extent)});
  }
  return extents;
}

// The elements in both, in places of the tensor; without any where they do not meet.
Box Intersect(const Box& a, const Box& b) {
  Box both;
  for (size_t d = 0; d < a.size(); ++d) {
    const int64_t start = std::max(a[d].start, b[d].start);
    const int64_t end = std::min(a[d].start + a[d].length, b[d].start + b[d].length);
    both.push_back({start, std::max<int64_t>(end - start, 0)});
  }
  return both;
}

Result<Shape> ShapeOf(const Box& box) {
  std::vector<int64_t> dims;
  for (const Range& range : box) dims.push_back(range.length);
  return Shape::Make(dims);
}

// The same box in places of `frame`, in which it lies.
Box Within(const Box& frame, Box box) {
  for (size_t d = 0; d < box.size(); ++d) box[d].start -= frame[d].start;
  return box;
}

}  // namespace

JoinedSource::JoinedSource(DType dtype, Shape shape, std::vector<Slice> slices)
    : dtype_(dtype), shape_(std::move(shape)), slices_(std::move(slices)) {
  SortByFirstElement(slices_);
  extents_ = ExtentsOf(slices_);
}

Result<std::shared_ptr<const TensorSource>> JoinedSource::Make(DType dtype, Shape shape,
                                                               std::vector<Slice> slices) {
  CAIRN_RETURN_IF_ERROR(CheckParts(slices, dtype, shape));
  return std::shared_ptr<const TensorSource>(
      new JoinedSource(dtype, std::move(shape), std::move(slices)));
}

Result<std::unique_ptr<TensorStream>> JoinedSource::OpenStream() const {
  CAIRN_RETURN_IF_ERROR(Nbytes(dtype_, shape_.num_elements()).status());
  return std::make_unique<JoinedStream>(slices_, shape_, ElementNbytes(dtype_));
}

Status JoinedSource::ReadAt(uint64_t offset, MutableBytes out) const {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(dtype_, shape_.num_elements()));
  if (!RangeFits(offset, out.size(), nbytes)) return PastTheEnd(offset, out.size(), nbytes);
  const uint64_t element_nbytes = ElementNbytes(dtype_);
  const uint64_t end = offset + out.size();
  for (const Slice& slice : slices_) {
    const BoxRuns runs(shape_.dims(), slice.box);
    const uint64_t run_nbytes = runs.run_length() * element_nbytes;
    const uint64_t first = runs.FirstRunPast(offset / element_nbytes);
    for (uint64_t i = first; i < runs.num_runs(); ++i) {
      const uint64_t run = runs.OffsetOf(i) * element_nbytes;
      if (run >= end) break;
      const uint64_t from = std::max(run, offset);
      const uint64_t to = std::min(run + run_nbytes, end);
      CAIRN_RETURN_IF_ERROR(
          slice.source->ReadAt(i * run_nbytes + from - run, out.subspan(from - offset, to - from)));
    }
  }
  return {};
}

bool JoinedSource::has_random_access() const {
  return std::ranges::all_of(slices_,
                             [](const Slice& slice) { return slice.source->has_random_access(); });
}

Result<std::shared_ptr<const TensorSource>> JoinedSource::Crop(const Box& box) const {
  std::vector<Slice> met;
  for (const Slice& slice : slices_) {
    const Box both = Intersect(slice.box, box);
    if (NumElementsOf(both) == 0) continue;
    auto source = slice.source;
    if (both != slice.box) {
      const BoxRuns runs(source->shape().dims(), Within(slice.box, both));
      CAIRN_ASSIGN_OR_RETURN(Shape shape, ShapeOf(both));
      source = Pick(std::move(source), runs, std::move(shape));
    }
    met.push_back({Within(box, both), std::move(source)});
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, ShapeOf(box));
  return std::shared_ptr<const TensorSource>(
      new JoinedSource(dtype_, std::move(shape), std::move(met)));
}

Result<StringTensor> JoinedSource::ReadStrings() const {
  std::vector<StringTensor> strings;
  uint64_t nbytes = 0;
  for (const Slice& slice : slices_) {
    CAIRN_ASSIGN_OR_RETURN(StringTensor read, slice.source->ReadStrings());
    if (read.size() != NumElementsOf(slice.box))
      return Status(Reason::kSize, "slice " + ToString(slice.box) + " has " +
                                       std::to_string(read.size()) + " strings");
    nbytes += read.total_nbytes();
    strings.push_back(std::move(read));
  }
  // Elements of several slices alternate in the whole tensor, and a StringTensor can only be
  // appended to. So views of them are put in order first.
  std::vector<std::string_view> elements(shape_.num_elements());
  for (size_t p = 0; p < slices_.size(); ++p) {
    const BoxRuns runs(shape_.dims(), slices_[p].box);
    for (uint64_t i = 0; i < strings[p].size(); ++i) {
      elements[runs.OffsetOf(i / runs.run_length()) + i % runs.run_length()] = strings[p][i];
    }
  }
  StringTensor joined;
  joined.Reserve(elements.size(), nbytes);
  for (const std::string_view element : elements) joined.Add(element);
  return joined;
}

}  // namespace cairn
