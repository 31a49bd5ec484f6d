#include "cairn/checkpoint/stored_graph_check.h"

#include <set>

#include "cairn/graph/rewrite_object_graph.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/source/string_source.h"

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

Finding GraphFinding(const Status& error, const std::string& path) {
  return Finding{error.InTensor(kObjectGraphKey).AtPath(path)};
}

}  // namespace

Status VerifyObjectGraph(const TensorDict& dict, const std::string& path, VerifyReport& report) {
  auto message = ReadObjectGraphMessage(dict);
  if (!message.ok() && message.status().reason() != Reason::kGraph) return message.status();
  if (message.ok() && !*message) return {};
  const Result<ObjectGraph> graph =
      message.ok() ? ObjectGraph::Parse(**std::move(message)) : message.status();
  if (!graph.ok()) {
    report.findings.push_back(GraphFinding(graph.status(), path));
    return {};
  }
  const std::set<std::string_view> missing = MissingKeys(dict, *graph);
  size_t num_said = 0;
  for (const std::string_view key : missing) {
    if (num_said++ == kMaxMissing) {
      report.findings.push_back(GraphFinding(
          Status(Reason::kGraph, "names " + std::to_string(missing.size() - kMaxMissing) +
                                     " more tensors that are not there"),
          path));
      return {};
    }
    report.findings.push_back(
        Finding{Status(Reason::kGraph, "is not there, and the object graph names it")
                    .InTensor(key)
                    .AtPath(path)});
  }
  return {};
}

Result<std::shared_ptr<const TensorSource>> MendObjectGraph(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadObjectGraphMessage(dict));
  if (!message) return nullptr;
  CAIRN_ASSIGN_OR_RETURN(
      const std::string mended,
      RewriteObjectGraph(*message, [&](std::string_view key) -> std::optional<std::string> {
        if (!dict.Find(key)) return std::nullopt;
        return std::string(key);
      }));
  if (mended == *message) return nullptr;
  return MakeTextSource(mended);
}

}  // namespace cairn
