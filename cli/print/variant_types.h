// Names the types of the elements of variant tensors.
#ifndef CAIRN_CLI_PRINT_VARIANT_TYPES_H_
#define CAIRN_CLI_PRINT_VARIANT_TYPES_H_

#include <set>
#include <string>

#include "cairn/core/tensor_dict.h"

namespace cairn::cli {

// The types of the elements of tensor `i`, which is read for that: {"tensorflow::TensorList"}. None
// if it is not a variant, or cannot be read: that is for `verify` to say.
std::set<std::string> VariantTypesOf(const TensorDict& dict, size_t i);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_VARIANT_TYPES_H_
