#include "cli/print/tensor_tree.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cli/print/columns.h"
#include "cli/print/natural_order.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

constexpr size_t kMaxDepth = 32;

char SeparatorOf(const TensorDict& dict) {
  const bool has_slash = std::ranges::any_of(
      dict, [](const TensorInfo& tensor) { return tensor.name.find('/') != tensor.name.npos; });
  return has_slash ? '/' : '.';
}

std::vector<std::string_view> PartsOf(std::string_view path, char separator) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < kMaxDepth) {
    const size_t end = path.find(separator);
    if (end == path.npos) break;
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end + 1);
  }
  parts.push_back(path);
  return parts;
}

// Returns the group `part` of a node. Tensors come in the order of their paths, so it is the last
// child or a new one; a tensor of the same name may stand before it.
TreeNode& GroupOf(TreeNode& node, std::string_view part) {
  const bool is_last =
      !node.children.empty() && !node.children.back().tensor && node.children.back().part == part;
  if (!is_last)
    node.children.push_back(
        {.part = std::string(part), .tensor = {}, .totals = {}, .children = {}});
  return node.children.back();
}

void Insert(TreeNode& root, std::span<const std::string_view> parts, size_t tensor,
            const TensorInfo& info, bool is_training) {
  TreeNode* node = &root;
  node->totals.Add(info, is_training);
  for (const std::string_view part : parts.first(parts.size() - 1)) {
    node = &GroupOf(*node, part);
    node->totals.Add(info, is_training);
  }
  TreeNode leaf{.part = std::string(parts.back()), .tensor = tensor, .totals = {}, .children = {}};
  leaf.totals.Add(info, is_training);
  node->children.push_back(std::move(leaf));
}

void Sort(TreeNode& node, ListOrder order) {
  if (order == ListOrder::kStored) return;
  std::ranges::stable_sort(node.children, [&](const TreeNode& a, const TreeNode& b) {
    return order == ListOrder::kName ? NaturalLess(a.part, b.part)
                                     : a.totals.nbytes > b.totals.nbytes;
  });
  for (TreeNode& child : node.children) Sort(child, order);
}

// A node as a line of text.
struct Line {
  const TreeNode* node;
  std::string label;
  std::string what;
};

class LineMaker {
 public:
  LineMaker(const TensorTree& tree, const TensorDict& dict, uint64_t depth)
      : separator_(tree.separator), dict_(dict), depth_(depth) {
    AddChildren(tree.root, 0);
  }
  const std::vector<Line>& lines() const { return lines_; }

 private:
  void AddChildren(const TreeNode& node, size_t level) {
    if (level >= depth_) return;
    for (const TreeNode& child : node.children) {
      std::string label = std::string(2 * level, ' ') + Escape(child.part);
      if (!child.tensor) label += separator_;
      lines_.push_back({&child, std::move(label), WhatText(child)});
      AddChildren(child, level + 1);
    }
  }

  std::string WhatText(const TreeNode& node) const {
    if (!node.tensor)
      return Count(node.totals.num_tensors, "tensor") + ", " +
             ParametersText(node.totals.num_parameters, node.totals.num_training_parameters);
    const TensorInfo info = dict_.info(*node.tensor);
    return TypeName(info) + ToString(info.dims);
  }

  char separator_;
  const TensorDict& dict_;
  uint64_t depth_;
  std::vector<Line> lines_;
};

// Writes nodes as JSON, each to the output as soon as it is complete.
class TreeJson {
 public:
  TreeJson(const TensorDict& dict, uint64_t depth, JsonWriter& json, std::string& text, Output& out)
      : dict_(dict), depth_(depth), json_(json), text_(text), out_(out) {}

  void WriteChildren(const TreeNode& node, size_t level) {
    json_.BeginArray(JsonWriter::Layout::kLines);
    for (const TreeNode& child : node.children) {
      if (!out_.is_wanted()) return;
      json_.BeginObject();
      json_.Name("name", child.part);
      child.tensor ? WriteTensor(*child.tensor) : WriteGroup(child, level);
      json_.EndObject();
      out_.Write(text_);
      text_.clear();
    }
    json_.EndArray();
  }

 private:
  void WriteTensor(size_t tensor) {
    const TensorInfo info = dict_.info(tensor);
    json_.Name("tensor", info.name);
    json_.Name("dtype", TypeName(info));
    json_.Dims("shape", info.dims);
    json_.NumberOrNull("nbytes", info.nbytes);
    WriteStoredType(json_, dict_, tensor);
  }

  void WriteGroup(const TreeNode& node, size_t level) {
    json_.NumberOrNull("tensors", node.totals.num_tensors);
    json_.NumberOrNull("parameters", node.totals.num_parameters);
    json_.NumberOrNull("training_parameters", node.totals.num_training_parameters);
    json_.NumberOrNull("nbytes", node.totals.nbytes);
    if (level + 1 >= depth_) return;
    json_.Key("children");
    WriteChildren(node, level + 1);
  }

  const TensorDict& dict_;
  uint64_t depth_;
  JsonWriter& json_;
  std::string& text_;
  Output& out_;
};

}  // namespace

TensorTree MakeTree(const ListedTensors& tensors, std::span<const size_t> selected,
                    ListOrder order) {
  std::vector<std::pair<std::string_view, size_t>> placed;
  for (const size_t i : selected) placed.emplace_back(tensors.NameOf(i), i);
  std::ranges::sort(placed);
  TensorTree tree;
  tree.separator = SeparatorOf(tensors.dict);
  for (const auto& [name, i] : placed) {
    Insert(tree.root, PartsOf(name, tree.separator), i, tensors.dict.info(i),
           tensors.IsTraining(i));
  }
  Sort(tree.root, order);
  return tree;
}

void PrintTree(const TensorTree& tree, const TensorDict& dict, const TreeStyle& style,
               Output& out) {
  const LineMaker maker(tree, dict, style.depth);
  size_t label_width = 0;
  size_t what_width = 0;
  for (const Line& line : maker.lines()) {
    label_width = std::max(label_width, WidthOf(line.label));
    what_width = std::max(what_width, line.what.size());
  }
  for (const Line& line : maker.lines()) {
    if (!out.is_wanted()) return;
    const Style look = line.node->tensor ? Style::kPlain : Style::kBold;
    const std::optional<size_t> tensor = line.node->tensor;
    out.Write(out.Styled(look, Padded(line.label, label_width)) + "  " +
              Padded(line.what, what_width) + "  " +
              SizeText(line.node->totals.nbytes, style.sizes) +
              (tensor ? RemarkOnType(dict, *tensor) : "") + "\n");
  }
}

void WriteTree(const TensorTree& tree, const TensorDict& dict, const TreeStyle& style,
               JsonWriter& json, std::string& text, Output& out) {
  TreeJson(dict, style.depth, json, text, out).WriteChildren(tree.root, 0);
}

}  // namespace cairn::cli
