// Makes one dict of several: merged, averaged, added. Nothing is read before the result is.
#ifndef CAIRN_TRANSFORM_COMBINE_DICTS_H_
#define CAIRN_TRANSFORM_COMBINE_DICTS_H_

#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"

namespace cairn {

// A tensor that a later dict has, too.
struct HiddenTensor {
  std::string name;
  size_t hidden = 0;  // the position of the dict whose tensor is not taken
  size_t taken = 0;   // of the one whose tensor is
};

// All tensors of all dicts; of those with one name that of the last dict, as when one dict is
// restored after the other. Metadata is merged in the same way. `hidden` may be null; it gets the
// tensors that are not taken, by name.
CAIRN_EXPORT TensorDict MergeDicts(const std::vector<TensorDict>& dicts,
                                   std::vector<HiddenTensor>* hidden = nullptr);

enum class AverageMethod : uint8_t {
  kMean,       // the weighted mean, for any number of dicts
  kGeometric,  // of two: |a|^(1 - t) * |b|^t, where t is the second weight
  kSpherical,  // of two: along the arc between them (slerp)
};

struct AverageOptions {
  AverageMethod method = AverageMethod::kMean;
  // One for each dict, or none for equal ones. They are divided by their sum.
  std::vector<double> weights = {};
  // Tensors that are not of floating-point or complex numbers: false = they must be equal, true =
  // those of the last dict are taken.
  bool take_last = false;
};

// The average of the tensors of each name, computed in float64 and rounded once to the dtype of the
// first. All dicts have the same names. Metadata and object graph are those of the last; the state
// of a run is left out. Errors: kArgument (weights,
// or the number of dicts for the method), kMismatch (names, shapes or dtypes differ; the message
// names a tensor); of reading: those of the sources, kMismatch (values that are not equal, or have
// no geometric mean).
CAIRN_EXPORT Result<TensorDict> AverageDicts(const std::vector<TensorDict>& dicts,
                                             const AverageOptions& options = {});

// a + b and a - b, tensor by tensor, of floating-point and complex numbers, in float64; other
// tensors must be equal. For task vectors: SubtractDicts(tuned, base) is what training changed.
// Errors: as AverageDicts.
CAIRN_EXPORT Result<TensorDict> AddDicts(const TensorDict& a, const TensorDict& b);
CAIRN_EXPORT Result<TensorDict> SubtractDicts(const TensorDict& a, const TensorDict& b);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_COMBINE_DICTS_H_
