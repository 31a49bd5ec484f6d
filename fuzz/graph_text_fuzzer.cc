// Any bytes as a graph in the text form.
#include "cairn/graph/graph_text.h"
#include "cairn/graph/meta_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = cairn::MetaGraphOfText({reinterpret_cast<const char*>(data), size});
  if (message.ok()) (void)cairn::MetaGraph::Parse(cairn::AsBytes(*message));
  return 0;
}
