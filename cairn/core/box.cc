#include "cairn/core/box.h"

namespace cairn {
namespace {

std::vector<StridedRange> WithoutSteps(const Box& box) {
  std::vector<StridedRange> ranges;
  ranges.reserve(box.size());
  for (const auto& [start, length] : box)
    ranges.push_back({static_cast<uint64_t>(start), 1, static_cast<uint64_t>(length)});
  return ranges;
}

}  // namespace

Status CheckBox(std::span<const int64_t> dims, const Box& box) {
  if (box.size() != dims.size()) {
    return Status(Reason::kSlice, "a slice of " + std::to_string(box.size()) +
                                      " dimensions in a tensor of " + std::to_string(dims.size()));
  }
  for (size_t d = 0; d < dims.size(); ++d) {
    const auto [start, length] = box[d];
    if (start >= 0 && length >= 0 && start <= dims[d] && length <= dims[d] - start) continue;
    return Status(Reason::kSlice, "a slice of " + std::to_string(length) + " from " +
                                      std::to_string(start) + " on in dimension " +
                                      std::to_string(d) + ", which has " + std::to_string(dims[d]));
  }
  return {};
}

Box WholeBox(std::span<const int64_t> dims) {
  Box box;
  box.reserve(dims.size());
  for (const int64_t dim : dims) box.push_back({0, dim});
  return box;
}

uint64_t NumElementsOf(const Box& box) {
  uint64_t count = 1;
  for (const Range& range : box) count *= static_cast<uint64_t>(range.length);
  return count;
}

std::string ToString(const Box& box) {
  std::string text = "[";
  for (const auto& [start, length] : box) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(start) + ":" + std::to_string(start + length);
  }
  return text + "]";
}

BoxRuns::BoxRuns(std::span<const int64_t> dims, const Box& box)
    : BoxRuns(dims, WithoutSteps(box)) {}

BoxRuns::BoxRuns(std::span<const int64_t> dims, std::span<const StridedRange> ranges) {
  uint64_t stride = 1;
  bool is_joined = true;  // every dimension further in is whole
  for (size_t d = dims.size(); d-- > 0;) {
    const auto [start, step, count] = ranges[d];
    first_ += start * stride;
    if (is_joined && step == 1) {
      run_length_ *= count;
    } else if (count != 1) {
      outer_.push_back({count, step * stride});
      num_runs_ *= count;
    }
    is_joined = is_joined && step == 1 && count == static_cast<uint64_t>(dims[d]);
    stride *= static_cast<uint64_t>(dims[d]);
  }
  if (run_length_ == 0) num_runs_ = 0;
}

uint64_t BoxRuns::OffsetOf(uint64_t i) const {
  uint64_t offset = first_;
  for (const auto& [length, stride] : outer_) {
    offset += i % length * stride;
    i /= length;
  }
  return offset;
}

uint64_t BoxRuns::FirstRunPast(uint64_t element) const {
  uint64_t low = 0;
  uint64_t high = num_runs_;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (OffsetOf(middle) + run_length_ <= element) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace cairn
