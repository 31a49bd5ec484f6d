// numpy's basic slicing, as text: "0:10,:,3".
#ifndef CAIRN_TRANSFORM_SLICE_TEXT_H_
#define CAIRN_TRANSFORM_SLICE_TEXT_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/core/status.h"

namespace cairn {

// What is taken of an axis: `count` places from `start` on, `step` apart.
struct AxisPart {
  uint64_t start = 0;
  uint64_t step = 1;
  uint64_t count = 0;
  bool is_kept = true;  // false: one place, and the axis is gone
};

// The part of each axis of a tensor of these dimensions. Errors: kArgument (what is no slice, more
// axes than there are, a number outside of its axis).
Result<std::vector<AxisPart>> ParseSlice(std::string_view text, std::span<const int64_t> dims);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_SLICE_TEXT_H_
