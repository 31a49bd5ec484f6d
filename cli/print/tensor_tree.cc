#include "cli/print/tensor_tree.h"

#include <algorithm>
#include <vector>

#include "cairn/core/escape.h"
#include "cli/print/columns.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxLabelWidth = 60;

// A group, or a tensor.
struct Line {
  size_t depth = 0;
  std::string label;
  uint64_t num_tensors = 0;
  uint64_t num_parameters = 0;
  uint64_t nbytes = 0;
  std::string type;  // of a tensor: dtype and shape; "" of a group
};

std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < kMaxDepth) {
    const size_t slash = path.find('/');
    if (slash == path.npos) break;
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  parts.push_back(path);
  return parts;
}

class Tree {
 public:
  // Paths come in order: those of one group are neighbours.
  void Add(std::string_view path, const TensorInfo& info) {
    const std::vector<std::string_view> parts = PartsOf(path);
    size_t common = 0;
    // The last part is the tensor itself and is not compared: `w` and `w/Adam` may stand side by
    // side.
    while (common + 1 < parts.size() && common < open_.size() &&
           open_[common].part == parts[common]) {
      ++common;
    }
    open_.resize(common);
    for (size_t depth = common; depth + 1 < parts.size(); ++depth) {
      open_.push_back({std::string(parts[depth]), lines_.size()});
      lines_.push_back({.depth = depth, .label = Escape(parts[depth]) + "/", .type = ""});
    }
    const uint64_t width = ElementNbytes(info.dtype);
    const uint64_t num_parameters = width == 0 ? 0 : info.nbytes / width;
    lines_.push_back({parts.size() - 1, Escape(parts.back()), 1, num_parameters, info.nbytes,
                      TypeName(info) + ToString(info.dims)});
    for (const Open& group : open_) {
      Line& line = lines_[group.line];
      ++line.num_tensors;
      line.num_parameters += num_parameters;
      line.nbytes += info.nbytes;
    }
  }

  const std::vector<Line>& lines() const { return lines_; }

 private:
  struct Open {
    std::string part;
    size_t line;
  };

  std::vector<Line> lines_;
  std::vector<Open> open_;  // the groups that the last tensor is in
};

std::string LabelOf(const Line& line) { return std::string(2 * line.depth, ' ') + line.label; }

std::string WhatText(const Line& line) {
  if (!line.type.empty()) return line.type;
  return Count(line.num_tensors, "tensor") + ", " + Count(line.num_parameters, "parameter");
}

}  // namespace

void PrintTree(const TensorDict& dict, std::span<const size_t> selected,
               const std::map<std::string, std::string>& paths, SizeStyle size_style, Output& out) {
  std::vector<std::pair<std::string, size_t>> shown;
  for (const size_t i : selected) {
    const std::string name(dict.name(i));
    const auto path = paths.find(name);
    shown.emplace_back(path == paths.end() ? name : path->second, i);
  }
  std::ranges::sort(shown);
  Tree tree;
  for (const auto& [path, i] : shown) tree.Add(path, dict.info(i));
  size_t label_width = 0;
  size_t what_width = 0;
  for (const Line& line : tree.lines()) {
    label_width = std::max(label_width, std::min(WidthOf(LabelOf(line)), kMaxLabelWidth));
    what_width = std::max(what_width, WhatText(line).size());
  }
  for (const Line& line : tree.lines()) {
    if (!out.is_wanted()) return;
    const std::string label = Padded(LabelOf(line), label_width);
    out.Write(out.Styled(line.type.empty() ? Style::kBold : Style::kPlain, label) + "  " +
              Padded(WhatText(line), what_width) + "  " + SizeText(line.nbytes, size_style) + "\n");
  }
}

}  // namespace cairn::cli
