// Any bytes as the graph of a `.meta` file, with all that is read from one.
#include "cairn/graph/graph_variables.h"
#include "cairn/graph/needed_tensors.h"
#include "cairn/graph/op_counts.h"
#include "cairn/graph/save_layouts.h"
#include "cairn/graph/saved_object_graph.h"
#include "cairn/graph/variable_def.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto graph = cairn::MetaGraph::Parse(std::as_bytes(std::span(data, size)));
  if (!graph.ok()) return 0;
  (void)cairn::FindSaveLayouts(*graph);
  if (graph->object_graph()) (void)cairn::ParseSavedObjectGraph(*graph->object_graph());
  for (const cairn::Function& function : graph->functions())
    (void)cairn::ParseFunctionBody(function);
  (void)cairn::FindVariables(*graph);
  (void)cairn::CountOps(*graph);
  if (!graph->nodes().empty()) {
    const std::string last(graph->nodes().back().name);
    (void)cairn::FindNeededTensors(*graph, {&last, 1});
  }
  for (const cairn::Collection& collection : graph->collections()) {
    for (const std::string_view text : collection.texts)
      (void)cairn::ParseVariableDef(cairn::AsBytes(text));
  }
  return 0;
}
