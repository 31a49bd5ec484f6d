// Any bytes as an object graph: the short paths of its tensors, their roles, and the graph without
// the tensors whose keys have an even length, which must be one again.
#include <cstdlib>

#include "cairn/graph/object_paths.h"
#include "cairn/graph/rewrite_object_graph.h"
#include "cairn/graph/training_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string message(reinterpret_cast<const char*>(data), size);
  const auto graph = cairn::ObjectGraph::Parse(message);
  if (!graph.ok()) return 0;
  (void)cairn::ShortPaths(*graph);
  (void)cairn::RolesOf(cairn::TensorDict(), &*graph);
  const auto rewritten = cairn::RewriteObjectGraph(
      std::move(message), [](std::string_view key) -> std::optional<std::string> {
        if (key.size() % 2 == 0) return std::nullopt;
        return "new/" + std::string(key);
      });
  if (!rewritten.ok() || !cairn::ObjectGraph::Parse(*rewritten).ok()) std::abort();
  return 0;
}
