#include "cairn/formats/verify_object_graph.h"

#include <set>

#include "cairn/graph/stored_object_graph.h"

namespace cairn {
namespace {

// A report with more findings would tell nobody more.
constexpr size_t kMaxMissing = 1000;

std::set<std::string_view> MissingKeys(const TensorDict& dict, const ObjectGraph& graph) {
  std::set<std::string_view> missing;
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node)) {
      const std::string_view key = attribute.checkpoint_key;
      if (!key.empty() && !dict.Find(key)) missing.insert(key);
    }
  }
  return missing;
}

Finding GraphFinding(const Status& error) { return Finding{error.InTensor(kObjectGraphKey)}; }

}  // namespace

void VerifyObjectGraph(const TensorDict& dict, VerifyReport& report) {
  auto message = ReadObjectGraphMessage(dict);
  if (!message.ok() && message.status().reason() != Reason::kGraph) return;
  if (message.ok() && !*message) return;
  const Result<ObjectGraph> graph =
      message.ok() ? ObjectGraph::Parse(**std::move(message)) : message.status();
  if (!graph.ok()) {
    report.findings.push_back(GraphFinding(graph.status()));
    return;
  }
  const std::set<std::string_view> missing = MissingKeys(dict, *graph);
  size_t num_said = 0;
  for (const std::string_view key : missing) {
    if (num_said++ == kMaxMissing) {
      report.findings.push_back(GraphFinding(
          Status(Reason::kGraph, "names " + std::to_string(missing.size() - kMaxMissing) +
                                     " more tensors that are not there")));
      return;
    }
    report.findings.push_back(Finding{
        Status(Reason::kGraph, "is not there, and the object graph names it").InTensor(key)});
  }
}

}  // namespace cairn
