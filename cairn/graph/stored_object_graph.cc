#include "cairn/graph/stored_object_graph.h"

namespace cairn {

std::optional<size_t> FindObjectGraph(const TensorDict& dict) {
  const auto i = dict.Find(kObjectGraphKey);
  return i && dict.info(*i).dtype == DType::kString ? i : std::nullopt;
}

Result<std::optional<std::string>> ReadObjectGraphMessage(const TensorDict& dict) {
  const auto i = FindObjectGraph(dict);
  if (!i) return std::optional<std::string>();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*i));
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings());
  if (strings.size() != 1)
    return Status(Reason::kGraph,
                  "the object graph is " + std::to_string(strings.size()) + " strings, not one");
  return std::optional(std::string(strings[0]));
}

Result<std::optional<ObjectGraph>> ReadObjectGraph(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(auto message, ReadObjectGraphMessage(dict));
  if (!message) return std::optional<ObjectGraph>();
  CAIRN_ASSIGN_OR_RETURN(ObjectGraph graph, ObjectGraph::Parse(*std::move(message)));
  return std::optional(std::move(graph));
}

}  // namespace cairn
