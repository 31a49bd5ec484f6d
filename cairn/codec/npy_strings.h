// String elements as numpy's "|S5" holds them: of one width, filled with NUL.
#ifndef CAIRN_CODEC_NPY_STRINGS_H_
#define CAIRN_CODEC_NPY_STRINGS_H_

#include <memory>

#include "cairn/core/tensor_source.h"

namespace cairn {

// The width of the widest element, at least 1. Errors: kUnsupported (an element ends in NUL, which
// this form would lose; more than 1 GiB in all).
Result<uint64_t> NpyWidth(const StringTensor& strings);

// All elements, each filled to `width`, which is at least the size of the longest.
std::unique_ptr<TensorStream> StreamNpyStrings(StringTensor strings, uint64_t width);

}  // namespace cairn

#endif  // CAIRN_CODEC_NPY_STRINGS_H_
