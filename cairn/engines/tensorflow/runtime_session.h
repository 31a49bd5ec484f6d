// A graph that a runtime holds, as a session.
#ifndef CAIRN_ENGINES_TENSORFLOW_RUNTIME_SESSION_H_
#define CAIRN_ENGINES_TENSORFLOW_RUNTIME_SESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/graph_call.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/session_variables.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/engines/tensorflow/variable_nodes.h"
#include "cairn/graph/graph_file.h"

namespace cairn::tensorflow {

class RuntimeSession final : public TensorFlowSession {
 public:
  // Imports the graph into a runtime that has none yet. `checkpoint` is as for
  // FindSessionVariables. Errors: those of CheckOps, FindSessionVariables, PrepareGraph and
  // Runtime::Import.
  static Result<std::unique_ptr<TensorFlowSession>> Make(
      LoadedGraph graph, const std::optional<ObjectGraph>& checkpoint,
      std::unique_ptr<Runtime> runtime);

  std::span<const Variable> variables() const override { return variables_; }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> ids) override;
  Result<std::optional<std::string>> MetaGraph() const override;
  Status InitializeMissing() override;
  Result<std::vector<VariableId>> Uninitialized() override;
  Result<TensorDict> Run(const TensorDict& feeds, const std::vector<std::string>& fetches,
                         const std::vector<std::string>& targets) override;
  bool HasSignature(const std::string& name) const override {
    return loaded_.graph.FindSignature(name) != nullptr;
  }
  Result<TensorDict> RunSignature(const std::string& name, const TensorDict& inputs) override;

 private:
  // Names the nodes of the graph that belong to a variable.
  struct Place {
    VariableNodes nodes;
    bool is_ref = false;
    std::string initializer;
  };

  RuntimeSession(LoadedGraph graph, std::unique_ptr<Runtime> runtime)
      : loaded_(std::move(graph)), runtime_(std::move(runtime)) {}

  Status Import(const std::optional<ObjectGraph>& checkpoint);
  // Returns null where there is no such variable.
  const Place* FindVariable(const std::string& name) const;
  Result<std::vector<VariableId>> WithoutValue(std::span<const VariableId> ids);
  Status ExplainUnread(std::span<const VariableId> ids, const Status& why);
  Result<std::vector<Feed>> FeedAssets();
  Result<TensorDict> RunCall(const GraphCall& call);

  LoadedGraph loaded_;
  // Tensors of the session's snapshots and assignments may outlive it.
  std::shared_ptr<Runtime> runtime_;
  std::vector<Variable> variables_;
  std::vector<Place> places_;  // one for each of variables_
  std::shared_ptr<const SharedNodes> shared_;
  bool has_ref_variables_ = false;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_RUNTIME_SESSION_H_
