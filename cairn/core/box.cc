#include "cairn/core/box.h"

namespace cairn {

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

BoxRuns::BoxRuns(std::span<const int64_t> dims, const Box& box) {
  uint64_t stride = 1;
  bool is_joined = true;  // every dimension further in is whole
  for (size_t d = dims.size(); d-- > 0;) {
    const auto start = static_cast<uint64_t>(box[d].start);
    const auto length = static_cast<uint64_t>(box[d].length);
    first_ += start * stride;
    if (is_joined) {
      run_length_ *= length;
    } else if (length != 1) {
      outer_.push_back({length, stride});
      num_runs_ *= length;
    }
    is_joined = is_joined && box[d].length == dims[d];
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
