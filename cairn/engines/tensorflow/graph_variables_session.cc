#include "cairn/engines/tensorflow/graph_variables_session.h"

#include "cairn/engines/tensorflow/session_graph.h"
#include "cairn/engines/tensorflow/session_variables.h"

namespace cairn {
namespace {

Status HasNoValues() {
  return Status(Reason::kUnsupported, "a graph without TensorFlow has variables, but no values");
}

}  // namespace

Result<std::unique_ptr<GraphVariablesSession>> GraphVariablesSession::Open(
    FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const tensorflow::SessionGraph read,
                         tensorflow::ReadSessionGraph(fs, path));
  CAIRN_ASSIGN_OR_RETURN(
      auto found,
      tensorflow::FindSessionVariables(read.graph.graph, read.checkpoint).AtPath(read.graph.path));
  auto session = std::make_unique<GraphVariablesSession>();
  CAIRN_ASSIGN_OR_RETURN(const Bytes message, MetaGraphMessage(read.graph));
  session->meta_graph_ = AsText(message);
  for (auto& variable : found) session->variables_.push_back(std::move(variable.variable));
  return session;
}

Result<std::unique_ptr<Assignment>> GraphVariablesSession::Begin(std::span<const NewValue>) {
  return HasNoValues();
}

Result<TensorDict> GraphVariablesSession::Snapshot(std::span<const VariableId>) {
  return HasNoValues();
}

}  // namespace cairn
