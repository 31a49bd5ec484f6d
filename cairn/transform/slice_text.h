// numpy's basic slicing, as text: "0:10,:,3".
#ifndef CAIRN_TRANSFORM_SLICE_TEXT_H_
#define CAIRN_TRANSFORM_SLICE_TEXT_H_

#include <string_view>

#include "cairn/core/box.h"
#include "cairn/core/shape.h"

namespace cairn {

struct Slice {
  std::vector<StridedRange> ranges;  // one for each axis of the tensor
  Shape shape;                       // without the axes of which one place is taken by its number
};

// Returns what `text` takes of a tensor of these dimensions. Errors: kArgument (text that is not a
// slice, more axes than there are, a number outside of its axis).
Result<Slice> ParseSlice(std::string_view text, std::span<const int64_t> dims);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_SLICE_TEXT_H_
