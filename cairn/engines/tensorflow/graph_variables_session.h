// The variables of a graph, to plan what a restore into it would do. TensorFlow is not needed.
#ifndef CAIRN_ENGINES_TENSORFLOW_GRAPH_VARIABLES_SESSION_H_
#define CAIRN_ENGINES_TENSORFLOW_GRAPH_VARIABLES_SESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/session/session.h"

namespace cairn {

// A session of which only the variables are known: those that TensorFlowSession has for the same
// path.
class CAIRN_EXPORT GraphVariablesSession final : public Session {
 public:
  // Errors: those of reading the graph.
  static Result<std::unique_ptr<GraphVariablesSession>> Open(FileSystem& fs,
                                                             const std::string& path);

  std::span<const Variable> variables() const override { return variables_; }
  // Errors: kUnsupported, always.
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;
  Result<std::optional<std::string>> MetaGraph() const override { return meta_graph_; }

 private:
  std::string meta_graph_;
  std::vector<Variable> variables_;
};

}  // namespace cairn

#endif  // CAIRN_ENGINES_TENSORFLOW_GRAPH_VARIABLES_SESSION_H_
