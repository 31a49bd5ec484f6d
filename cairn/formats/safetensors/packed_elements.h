// Elements of fewer than eight bits, which lie packed in a safetensors file and one a byte
// everywhere else.
//
//   F4:                 byte: second element, first element        (bits 7-4, bits 3-0)
//   F6_E2M3, F6_E3M2:   three bytes, the lowest bits of the first byte first: four elements
//
// Sources: the format's own code for sizes and shapes, torch's float4_e2m1fn_x2 for the order in a
// byte. Nobody has written down the order of six bits; it follows that of four.
#ifndef CAIRN_FORMATS_SAFETENSORS_PACKED_ELEMENTS_H_
#define CAIRN_FORMATS_SAFETENSORS_PACKED_ELEMENTS_H_

#include "cairn/core/tensor_source.h"

namespace cairn::safetensors {

bool IsPacked(DType dtype);

// Bytes of `num_elements` elements in a file. Errors: those of Nbytes; kSize where the last ones
// do not fill their byte.
Result<uint64_t> StoredNbytes(DType dtype, uint64_t num_elements);

// The tensor whose elements lie packed in `extent`, which has as many bytes as they need. Errors:
// those of ExtentSource::Make.
Result<std::shared_ptr<const TensorSource>> UnpackElements(DType dtype, Shape shape, Extent extent);

// The bytes in the file: uint8, one dimension. Errors: those of StoredNbytes. Reading it ends with
// kUnsupported where a byte of the value has more bits than its dtype.
Result<std::shared_ptr<const TensorSource>> PackElements(std::shared_ptr<const TensorSource> value);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_PACKED_ELEMENTS_H_
