// String tensors, which the format does not have, as texts of the metadata.
//
//   a scalar:  base64 of the string
//   others:    "[2,2]:" and the base64 of each string, row-major, with ',' between them
#ifndef CAIRN_FORMATS_SAFETENSORS_KEPT_STRINGS_H_
#define CAIRN_FORMATS_SAFETENSORS_KEPT_STRINGS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn::safetensors {

struct KeptStrings {
  std::vector<int64_t> dims;
  StringTensor elements;
};

// `elements` are as many as `dims` have.
std::string EncodeKeptStrings(std::span<const int64_t> dims, const StringTensor& elements);
// Errors: kFormat (not base64, or not as many strings as the shape has), kShape, kOverflow.
Result<KeptStrings> DecodeKeptStrings(std::string_view text);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_KEPT_STRINGS_H_
