// One tensor out of several of one shape, element by element.
#ifndef CAIRN_SOURCE_COMBINED_SOURCE_H_
#define CAIRN_SOURCE_COMBINED_SOURCE_H_

#include <memory>
#include <span>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn {

using TensorSources = std::vector<std::shared_ptr<const TensorSource>>;

// All of these stream in bounded memory, and compute in float64: elements are widened, combined in
// the order of the sources, and rounded once to the dtype of the first source. Sources have real or
// complex elements, all of one kind, and one shape. Errors: kMismatch (they have not); of reading:
// those of the sources.

// The sum of weights[i] * sources[i], divided by `divisor`, as numpy computes it: every product and
// every sum is rounded.
Result<std::shared_ptr<const TensorSource>> WeightedSum(TensorSources sources,
                                                        std::vector<double> weights,
                                                        double divisor = 1);

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

// The value that all sources have, of any dtype but resource and variant. Errors of reading: also
// kMismatch (a source has another value; the message has its position).
Result<std::shared_ptr<const TensorSource>> AgreedValue(TensorSources sources);

}  // namespace cairn

#endif  // CAIRN_SOURCE_COMBINED_SOURCE_H_
