// ls --tree: tensors grouped by the parts of their names.
#ifndef CAIRN_CLI_PRINT_TENSOR_TREE_H_
#define CAIRN_CLI_PRINT_TENSOR_TREE_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cli/output.h"
#include "cli/print/json_writer.h"
#include "cli/print/listed_tensors.h"
#include "cli/print/size_text.h"
#include "cli/print/tensor_totals.h"

namespace cairn::cli {

enum class ListOrder : uint8_t {
  kStored,  // by the bytes of the names
  kName,    // by names, numbers in their natural order
  kSize,    // the largest first
};

// A group of tensors, or a tensor.
struct TreeNode {
  std::string part;              // of the name
  std::optional<size_t> tensor;  // its position in the dict; nothing for a group
  TensorTotals totals;
  std::vector<TreeNode> children;
};

struct TensorTree {
  TreeNode root;
  char separator = '/';
};

// A tensor is placed by its listed name. Parts end at '/', or at '.' where no tensor of the dict
// has a '/'. A name of more than 32 parts is cut into 32.
TensorTree MakeTree(const ListedTensors& tensors, std::span<const size_t> selected,
                    ListOrder order);

struct TreeStyle {
  uint64_t depth = UINT64_MAX;  // how many levels are shown
  SizeStyle sizes = SizeStyle::kBinary;
};

// Prints a line for each group, with the totals of its tensors, and one for each tensor, indented.
void PrintTree(const TensorTree& tree, const TensorDict& dict, const TreeStyle& style, Output& out);

// Writes the array of the nodes below the root. A group has "children", unless the depth ends
// there. `json` appends to `text`, which goes to `out` node by node.
void WriteTree(const TensorTree& tree, const TensorDict& dict, const TreeStyle& style,
               JsonWriter& json, std::string& text, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_TENSOR_TREE_H_
