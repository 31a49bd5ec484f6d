// The weighted sum of several tensors of one shape. Elements are widened to float64, combined, and
// rounded once to the dtype of the first source, in bounded memory. Sources have real or complex
// elements, all of one kind, and one shape. Errors: kMismatch (they have not); of reading: those of
// the sources.
#ifndef CAIRN_SOURCE_WEIGHTED_SUM_H_
#define CAIRN_SOURCE_WEIGHTED_SUM_H_

#include <memory>
#include <vector>

#include "cairn/source/alike_sources.h"

namespace cairn {

// The sum of weights[i] * sources[i], divided by `divisor`, as numpy computes it: every product and
// every sum is rounded.
Result<std::shared_ptr<const TensorSource>> WeightedSum(TensorSources sources,
                                                        std::vector<double> weights,
                                                        double divisor = 1);

}  // namespace cairn

#endif  // CAIRN_SOURCE_WEIGHTED_SUM_H_
