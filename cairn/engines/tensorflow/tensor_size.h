// The size of a tensor that a caller asks for.
#ifndef CAIRN_ENGINES_TENSORFLOW_TENSOR_SIZE_H_
#define CAIRN_ENGINES_TENSORFLOW_TENSOR_SIZE_H_

#include <cstdint>
#include <span>

#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Returns the bytes of a tensor of numbers. Errors: kArgument (TensorFlow has no such dtype, or its
// elements have no fixed size; dimensions that no tensor can have).
Result<uint64_t> NumberTensorNbytes(DType dtype, std::span<const int64_t> dims);

// Checks that a tensor of strings with these dimensions has `count` elements. Errors: kArgument.
Status CheckNumStrings(uint64_t count, std::span<const int64_t> dims);

// Errors: kNoMemory (the machine has not so many bytes of memory and swap in all).
Status CheckMachineHas(uint64_t nbytes);

// The error of every tensor that does not fit into memory: kNoMemory.
Status CannotAllocate(uint64_t nbytes);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_TENSOR_SIZE_H_
