// Any bytes as a graph that a session is to be opened for: all that is done with it before
// TensorFlow sees it.
#include "cairn/engines/tensorflow/op_check.h"
#include "cairn/engines/tensorflow/prepared_graph.h"
#include "cairn/engines/tensorflow/session_variables.h"
#include "cairn/engines/tensorflow/signature_call.h"
#include "cairn/engines/tensorflow/table_initializers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cairn::Bytes message = std::as_bytes(std::span(data, size));
  cairn::LoadedGraph loaded{"model/saved_model.pb", {message.begin(), message.end()}, {}};
  auto graph = cairn::MetaGraph::Parse(loaded.message);
  if (!graph.ok()) return 0;
  loaded.graph = *std::move(graph);
  (void)cairn::tensorflow::CheckOps(loaded.graph, {}, "2.21.0");
  (void)cairn::tensorflow::FindTableInitializers(loaded.graph);
  (void)cairn::tensorflow::FindAssetPaths(loaded);
  for (const cairn::Signature& signature : loaded.graph.signatures())
    (void)cairn::tensorflow::MakeSignatureCall(loaded.graph, std::string(signature.name), {});
  const auto variables = cairn::tensorflow::FindSessionVariables(loaded.graph, std::nullopt);
  if (variables.ok()) (void)cairn::tensorflow::PrepareGraph(loaded.graph, *variables);
  return 0;
}
