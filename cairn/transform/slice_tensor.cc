#include "cairn/transform/slice_tensor.h"

#include <algorithm>

#include "cairn/source/picked_source.h"
#include "cairn/transform/slice_text.h"

namespace cairn {
namespace {

// The smallest box that has all elements of the ranges.
Box BoxAround(std::span<const StridedRange> ranges) {
  Box box;
  for (const auto& [start, step, count] : ranges)
    box.push_back({static_cast<int64_t>(start),
                   count == 0 ? 0 : static_cast<int64_t>((count - 1) * step + 1)});
  return box;
}

// Reads as little of `source` as can be checked.
Result<std::shared_ptr<const TensorSource>> CheckedPart(std::shared_ptr<const TensorSource> source,
                                                        Slice slice) {
  CAIRN_ASSIGN_OR_RETURN(auto cropped, source->Crop(BoxAround(slice.ranges)));
  if (cropped != nullptr) {
    source = std::move(cropped);
    for (StridedRange& range : slice.ranges) range.start = 0;
  }
  BoxRuns runs(source->shape().dims(), slice.ranges);
  return Pick(std::move(source), std::move(runs), std::move(slice.shape));
}

}  // namespace

Result<SlicedTensor> SliceTensor(std::shared_ptr<const TensorSource> source,
                                 std::string_view text) {
  CAIRN_ASSIGN_OR_RETURN(Slice slice, ParseSlice(text, source->shape().dims()));
  if (!source->has_random_access()) {
    CAIRN_ASSIGN_OR_RETURN(auto part, CheckedPart(std::move(source), std::move(slice)));
    return SlicedTensor{std::move(part), true};
  }
  BoxRuns runs(source->shape().dims(), slice.ranges);
  auto part = PickUnchecked(std::move(source), std::move(runs), std::move(slice.shape));
  return SlicedTensor{std::move(part), false};
}

Result<std::shared_ptr<const TensorSource>> SliceTensorChecked(
    std::shared_ptr<const TensorSource> source, std::string_view text) {
  CAIRN_ASSIGN_OR_RETURN(Slice slice, ParseSlice(text, source->shape().dims()));
  return CheckedPart(std::move(source), std::move(slice));
}

}  // namespace cairn
