// Any bytes as the graph of a `.meta` file, with the saves that are in it.
#include "cairn/graph/save_layouts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto graph = cairn::MetaGraph::Parse(std::as_bytes(std::span(data, size)));
  if (graph.ok()) (void)cairn::FindSaveLayouts(*graph);
  return 0;
}
