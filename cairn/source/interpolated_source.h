// Means of two tensors of one shape, nearer to the one or to the other. Elements are widened to
// float64, combined, and rounded once to the dtype of the first source, in bounded memory. Sources
// have real or complex elements, all of one kind, and one shape. Errors: kMismatch (they have not);
// of reading: those of the sources.
#ifndef CAIRN_SOURCE_INTERPOLATED_SOURCE_H_
#define CAIRN_SOURCE_INTERPOLATED_SOURCE_H_

#include <memory>

#include "cairn/core/tensor_source.h"

namespace cairn {

// The product of |a|^(1 - t) and |b|^t with the sign of both; zero where one is zero. Errors of
// reading: also kMismatch (an element of each sign: there is no such mean).
Result<std::shared_ptr<const TensorSource>> GeometricMean(std::shared_ptr<const TensorSource> a,
                                                          std::shared_ptr<const TensorSource> b,
                                                          double t);

// Spherical interpolation: the way from `a` to `b` along the arc between them as vectors of all
// their elements; along the straight line where they are nearly parallel, or one is zero. Both are
// read twice, since the angle comes first.
Result<std::shared_ptr<const TensorSource>> SphericalMean(std::shared_ptr<const TensorSource> a,
                                                          std::shared_ptr<const TensorSource> b,
                                                          double t);

}  // namespace cairn

#endif  // CAIRN_SOURCE_INTERPOLATED_SOURCE_H_
