// Rows of one tensor over those of another.
#ifndef CAIRN_SOURCE_OVERLAID_SOURCE_H_
#define CAIRN_SOURCE_OVERLAID_SOURCE_H_

#include <memory>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Returns a tensor whose row i (all elements of index i of the first dimension) is that of `over`
// where is_over[i], and that of `base` elsewhere. Both are read to their checked ends, an element
// of `base` always before the same element of the result is given: the result may be written to the
// memory that `base` is. Errors: kArgument (dtypes or shapes differ; strings; a scalar; another
// number of rows).
Result<std::shared_ptr<const TensorSource>> OverlayRows(std::shared_ptr<const TensorSource> base,
                                                        std::shared_ptr<const TensorSource> over,
                                                        std::vector<bool> is_over);

}  // namespace cairn

#endif  // CAIRN_SOURCE_OVERLAID_SOURCE_H_
