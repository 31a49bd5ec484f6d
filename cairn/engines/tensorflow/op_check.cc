#include "cairn/engines/tensorflow/op_check.h"

#include <map>
#include <unordered_set>

#include "cairn/core/escape.h"

namespace cairn::tensorflow {
namespace {

// Where an unknown op is used.
struct Uses {
  std::string first;  // "node 'a'", "node 'b' of function 'f'"
  size_t count = 0;
};

class UnknownOps {
 public:
  UnknownOps(const MetaGraph& graph, std::span<const std::string> known_ops)
      : graph_(graph), known_(known_ops.begin(), known_ops.end()) {}

  void Add(const NodeTable& nodes, std::string_view function) {
    for (const GraphNode& node : nodes.nodes()) {
      if (known_.contains(node.op) || graph_.FindFunction(node.op) != nullptr) continue;
      Uses& uses = by_op_[node.op];
      ++uses.count;
      if (!uses.first.empty()) continue;
      uses.first = "node " + Quoted(node.name);
      if (!function.empty()) uses.first += " of function " + Quoted(function);
    }
  }

  // "'Foo' (node 'a' and 2 more), 'Bar' (node 'b')"; "" where all are known.
  std::string Text() const {
    std::string text;
    for (const auto& [op, uses] : by_op_) {
      text += (text.empty() ? "" : ", ") + Quoted(op) + " (" + uses.first;
      if (uses.count > 1) text += " and " + std::to_string(uses.count - 1) + " more";
      text += ")";
    }
    return text;
  }

  size_t size() const { return by_op_.size(); }

 private:
  const MetaGraph& graph_;
  std::unordered_set<std::string_view> known_;
  std::map<std::string_view, Uses> by_op_;
};

}  // namespace

Status CheckOps(const MetaGraph& graph, std::span<const std::string> known_ops,
                std::string_view version) {
  UnknownOps unknown(graph, known_ops);
  unknown.Add(graph.node_table(), "");
  for (const Function& function : graph.functions()) {
    CAIRN_ASSIGN_OR_RETURN(const FunctionBody body, ParseFunctionBody(function));
    unknown.Add(body.nodes, function.name);
  }
  if (unknown.size() == 0) return {};
  return Status(Reason::kUnsupported, "TensorFlow " + std::string(version) + " does not have the " +
                                          (unknown.size() == 1 ? "op " : "ops ") + unknown.Text())
      .WithHint("name the libraries that have them as op libraries (op_libraries)");
}

}  // namespace cairn::tensorflow
