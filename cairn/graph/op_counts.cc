#include "cairn/graph/op_counts.h"

#include <algorithm>
#include <unordered_set>

namespace cairn {
namespace {

// Between spaces.
constexpr std::string_view kKnownOps =
#include "cairn/graph/tensorflow_op_names.inc"
    ;

const std::unordered_set<std::string_view>& KnownOps() {
  static const std::unordered_set<std::string_view> ops = [] {
    std::unordered_set<std::string_view> found;
    for (std::string_view rest = kKnownOps; !rest.empty();) {
      const size_t end = rest.find(' ');
      found.insert(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return found;
  }();
  return ops;
}

}  // namespace

std::string_view VersionOfKnownOps() { return "2.21.0"; }

Result<std::vector<OpCount>> CountOps(const MetaGraph& graph) {
  std::unordered_map<std::string_view, uint64_t> counts;
  const auto add = [&](const NodeTable& nodes) {
    for (const GraphNode& node : nodes.nodes()) {
      if (graph.FindFunction(node.op) == nullptr) ++counts[node.op];
    }
  };
  add(graph.node_table());
  for (const Function& function : graph.functions()) {
    CAIRN_ASSIGN_OR_RETURN(const FunctionBody body, ParseFunctionBody(function));
    add(body.nodes);
  }
  std::vector<OpCount> ops;
  for (const auto& [op, count] : counts) ops.push_back({op, count, KnownOps().contains(op)});
  std::ranges::sort(ops, [](const OpCount& a, const OpCount& b) {
    return a.count != b.count ? a.count > b.count : a.op < b.op;
  });
  return ops;
}

}  // namespace cairn
