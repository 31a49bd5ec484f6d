#include "cairn/engines/tensorflow/runtime_session.h"

#include <algorithm>
#include <numeric>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/core/variable_names.h"
#include "cairn/engines/tensorflow/op_check.h"
#include "cairn/engines/tensorflow/prepared_graph.h"
#include "cairn/engines/tensorflow/runtime_source.h"
#include "cairn/engines/tensorflow/session_assignment.h"
#include "cairn/engines/tensorflow/signature_call.h"
#include "cairn/engines/tensorflow/table_initializers.h"
#include "cairn/engines/tensorflow/variable_snapshot.h"
#include "cairn/session/check_values.h"
#include "cairn/transfer/materialize.h"

namespace cairn::tensorflow {
namespace {

// The bytes of a value, as far as the variable tells them.
uint64_t NbytesOf(const Variable& variable) {
  const Result<uint64_t> count = NumElements(variable.dims);
  return count.ok() ? *count * ElementNbytes(variable.dtype) : 0;
}

Result<bool> TruthOf(RuntimeTensor& tensor) {
  if (tensor.dtype() == DType::kBool && tensor.bytes().size() == 1)
    return tensor.bytes()[0] != std::byte{0};
  return Status(Reason::kEngine, "TensorFlow answered " + std::string(Name(tensor.dtype())) +
                                     ToString(tensor.dims()) + " instead of one truth value");
}

std::vector<VariableId> AllIds(size_t count) {
  std::vector<VariableId> ids(count);
  std::iota(ids.begin(), ids.end(), VariableId{0});
  return ids;
}

}  // namespace

Result<std::unique_ptr<TensorFlowSession>> RuntimeSession::Make(
    LoadedGraph graph, const std::optional<ObjectGraph>& checkpoint,
    std::unique_ptr<Runtime> runtime) {
  const std::string path = graph.path;
  std::unique_ptr<RuntimeSession> session(new RuntimeSession(std::move(graph), std::move(runtime)));
  CAIRN_RETURN_IF_ERROR(session->Import(checkpoint).AtPath(path));
  return std::unique_ptr<TensorFlowSession>(std::move(session));
}

Status RuntimeSession::Import(const std::optional<ObjectGraph>& checkpoint) {
  const auto& graph = loaded_.graph;
  CAIRN_ASSIGN_OR_RETURN(const auto known_ops, runtime_->KnownOps());
  CAIRN_RETURN_IF_ERROR(CheckOps(graph, known_ops, runtime_->version()));
  CAIRN_ASSIGN_OR_RETURN(std::vector<SessionVariable> found,
                         FindSessionVariables(graph, checkpoint));
  CAIRN_ASSIGN_OR_RETURN(PreparedGraph prepared, PrepareGraph(graph, found));
  shared_ = std::make_shared<const SharedNodes>(std::move(prepared.shared));
  for (size_t i = 0; i < found.size(); ++i) {
    has_ref_variables_ = has_ref_variables_ || found[i].is_ref;
    places_.push_back({std::move(prepared.nodes[i]), found[i].is_ref, found[i].initializer});
    variables_.push_back(std::move(found[i].variable));
  }
  return runtime_->Import(AsBytes(prepared.graph_def));
}

Result<std::unique_ptr<Assignment>> RuntimeSession::Begin(std::span<const NewValue> values) {
  CAIRN_RETURN_IF_ERROR(CheckNewValues(values, variables_));
  std::vector<AssignmentTarget> targets;
  for (const NewValue& value : values) {
    const Variable& variable = variables_[value.variable];
    targets.push_back({variable.name, variable.dtype, value.dims, places_[value.variable].nodes});
  }
  return SessionAssignment::Begin(runtime_, shared_, std::move(targets));
}

Result<TensorDict> RuntimeSession::Snapshot(std::span<const VariableId> ids) {
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(ids, variables_));
  std::vector<SnapshotItem> items;
  for (const VariableId id : ids) {
    const Place& place = places_[id];
    items.push_back(
        {variables_[id].name, place.nodes.read, place.is_ref, NbytesOf(variables_[id])});
  }
  auto dict = ReadVariables(*runtime_, items);
  return dict.ok() ? std::move(dict) : ExplainUnread(ids, dict.status());
}

Result<std::optional<std::string>> RuntimeSession::MetaGraph() const {
  CAIRN_ASSIGN_OR_RETURN(const Bytes message, MetaGraphMessage(loaded_));
  return std::string(AsText(message));
}

// TensorFlow names one variable without a value, by an op.
Status RuntimeSession::ExplainUnread(std::span<const VariableId> ids, const Status& why) {
  if (why.reason() != Reason::kEngine) return why;
  const auto without = WithoutValue(ids);
  if (!without.ok() || without->empty()) return why;
  std::vector<std::string> names;
  for (const VariableId id : *without) names.push_back(variables_[id].name);
  return Status(Reason::kMissing, ListNames("no value was given to", names))
      .WithHint("restore all variables, or initialize those that the checkpoint lacks");
}

Result<std::vector<VariableId>> RuntimeSession::WithoutValue(std::span<const VariableId> ids) {
  std::vector<std::string> outputs;
  for (const VariableId id : ids) outputs.push_back(places_[id].nodes.is_initialized);
  std::vector<VariableId> without;
  if (outputs.empty()) return without;
  CAIRN_ASSIGN_OR_RETURN(const auto answers, runtime_->Run({}, outputs, {}));
  for (size_t i = 0; i < ids.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(const bool is_initialized, TruthOf(*answers[i]));
    if (!is_initialized) without.push_back(ids[i]);
  }
  return without;
}

Result<std::vector<VariableId>> RuntimeSession::Uninitialized() {
  return WithoutValue(AllIds(variables_.size()));
}

Result<std::vector<Feed>> RuntimeSession::FeedAssets() {
  CAIRN_ASSIGN_OR_RETURN(const auto paths, FindAssetPaths(loaded_));
  std::vector<Feed> feeds;
  for (const AssetPath& asset : paths) {
    StringTensor path;
    path.Add(asset.path);
    CAIRN_ASSIGN_OR_RETURN(auto tensor, runtime_->NewStrings(std::move(path), {}));
    feeds.push_back({asset.output, std::move(tensor)});
  }
  return feeds;
}

Status RuntimeSession::InitializeMissing() {
  std::vector<std::string> targets = FindTableInitializers(loaded_.graph);
  CAIRN_ASSIGN_OR_RETURN(const auto missing, Uninitialized());
  for (const VariableId id : missing) {
    if (!places_[id].initializer.empty()) targets.push_back(places_[id].initializer);
  }
  if (targets.empty()) return {};
  // Variables can share an initializer.
  std::ranges::sort(targets);
  targets.erase(std::ranges::unique(targets).begin(), targets.end());
  CAIRN_ASSIGN_OR_RETURN(const auto feeds, FeedAssets());
  return runtime_->Run(feeds, {}, targets).status();
}

Result<TensorDict> RuntimeSession::RunCall(const GraphCall& call) {
  CAIRN_ASSIGN_OR_RETURN(const auto feeds, ReadFeeds(*runtime_, call.feeds));
  CAIRN_ASSIGN_OR_RETURN(auto tensors, runtime_->Run(feeds, call.fetches, call.targets));
  TensorDict::Builder builder;
  for (size_t i = 0; i < call.names.size(); ++i) {
    CAIRN_ASSIGN_OR_RETURN(auto source, SourceOfTensor(call.names[i], std::move(tensors[i])));
    builder.Add(call.names[i], std::move(source));
  }
  CAIRN_ASSIGN_OR_RETURN(TensorDict results, builder.Build());
  // A fetched tensor can be the memory of a ref variable, which the next run may change.
  if (!has_ref_variables_) return results;
  return Materialize(results, {});
}

Result<TensorDict> RuntimeSession::Run(const TensorDict& feeds,
                                       const std::vector<std::string>& fetches,
                                       const std::vector<std::string>& targets) {
  std::vector<std::string> of_nodes;
  for (const std::string& name : fetches) {
    if (FindVariable(name) == nullptr) of_nodes.push_back(name);
  }
  CAIRN_ASSIGN_OR_RETURN(GraphCall call, MakeGraphCall(loaded_.graph, feeds, of_nodes, targets));
  for (const std::string& name : fetches) {
    const Place* const place = FindVariable(name);
    if (place == nullptr) continue;
    call.fetches.push_back(place->nodes.read);
    call.names.push_back(name);
  }
  return RunCall(call);
}

// The node of a resource variable gives a handle, which has no value to fetch.
const RuntimeSession::Place* RuntimeSession::FindVariable(const std::string& name) const {
  const auto found = std::ranges::find(variables_, VariableOfEntry(name), &Variable::name);
  return found == variables_.end() ? nullptr : &places_[found - variables_.begin()];
}

Result<TensorDict> RuntimeSession::RunSignature(const std::string& name, const TensorDict& inputs) {
  CAIRN_ASSIGN_OR_RETURN(const GraphCall call, MakeSignatureCall(loaded_.graph, name, inputs));
  return RunCall(call);
}

}  // namespace cairn::tensorflow
