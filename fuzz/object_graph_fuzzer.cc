// Any bytes as an object graph, with the short paths of its tensors.
#include "cairn/graph/object_paths.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto graph = cairn::ObjectGraph::Parse({reinterpret_cast<const char*>(data), size});
  if (graph.ok()) (void)cairn::ShortPaths(*graph);
  return 0;
}
