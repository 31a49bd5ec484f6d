// Tensors whose stored bytes no checksum covers: they are read, and nothing proves them.
#ifndef CAIRN_CORE_UNPROTECTED_H_
#define CAIRN_CORE_UNPROTECTED_H_

#include "cairn/core/tensor_dict.h"

namespace cairn {

// Whether no checksum covers the stored bytes of tensor `i`, or of one of its slices. False for a
// tensor that no file holds.
bool LacksChecksum(const TensorDict& dict, size_t i);

// The error of tensor `i` where checksums are required.
Status HasNoChecksum(const TensorDict& dict, size_t i);

// Errors: kNoChecksum, with the number of tensors that lack one and the names of the first.
Status CheckAllHaveChecksums(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_CORE_UNPROTECTED_H_
