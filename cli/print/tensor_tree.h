// ls --tree: tensors grouped by the parts of their names.
#ifndef CAIRN_CLI_PRINT_TENSOR_TREE_H_
#define CAIRN_CLI_PRINT_TENSOR_TREE_H_

#include <map>
#include <span>
#include <string>

#include "cairn/core/tensor_dict.h"
#include "cli/output.h"
#include "cli/print/size_text.h"

namespace cairn::cli {

// A line for each group, with what is in it together, and one for each tensor, indented. A tensor
// is shown by its path in `paths` where it has one, else by its name; a name of more than 32 parts
// is cut into 32.
void PrintTree(const TensorDict& dict, std::span<const size_t> selected,
               const std::map<std::string, std::string>& paths, SizeStyle size_style, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_TREE_H_
