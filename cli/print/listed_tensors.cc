#include "cli/print/listed_tensors.h"

#include "cairn/graph/object_paths.h"
#include "cairn/graph/stored_object_graph.h"

namespace cairn::cli {

ListedTensors ListTensors(const TensorDict& dict, NameStyle style, Output& out) {
  auto graph = ReadObjectGraph(dict);
  if (!graph.ok()) {
    out.Warn("the object graph cannot be read: " + std::string(graph.status().message()));
    graph = std::optional<ObjectGraph>();
  }
  ObjectNames names = *graph ? NamesOfObjects(**graph) : ObjectNames();
  return {dict, std::move(names), RolesOf(dict, *graph ? &**graph : nullptr), style};
}

}  // namespace cairn::cli
