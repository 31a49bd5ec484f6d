#include "cairn/transform/prune.h"

#include <set>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/variable_names.h"
#include "cairn/graph/needed_tensors.h"
#include "cairn/graph/training_state.h"
#include "cairn/transform/model_variables.h"
#include "cairn/transform/prune_decisions.h"

namespace cairn {
namespace {

// Statistics of batch normalisation, which tf.layers and Keras put into no collection of the model.
bool LooksLikeMovingStatistic(std::string_view variable) {
  return variable.ends_with("moving_mean") || variable.ends_with("moving_variance");
}

Status NotThere(const TensorDict& dict, std::string_view name, std::string_view who) {
  return Status(Reason::kMissing, std::string(who) + " needs " + Quoted(name) +
                                      ", which the checkpoint does not have")
      .WithHint(
          DidYouMean(NearestNames(name, dict.size(), [&](size_t i) { return dict.name(i); })));
}

Status NoRule() {
  return Status(
             Reason::kArgument,
             "does not tell which of its tensors the model needs: it has no object graph, and no "
             "metagraph is beside it")
      .WithHint(
          "name its metagraph with --meta GRAPH, and what is computed with --outputs NAME or "
          "--signature NAME, or keep everything with cairn convert");
}

// Keeps what outputs or a signature depend on.
Status KeepNeeded(const TensorDict& dict, const PruneRules& rules, PruneDecisions& decisions,
                  std::vector<std::string>& notes) {
  if (rules.graph == nullptr) {
    return Status(Reason::kArgument,
                  "outputs and signatures are those of a graph, and there is none")
        .WithHint("name it with --meta GRAPH");
  }
  const ObjectGraph* const objects = decisions.objects() ? &*decisions.objects() : nullptr;
  NeededTensors needed;
  if (!rules.signature.empty()) {
    CAIRN_ASSIGN_OR_RETURN(needed, FindTensorsOfSignature(*rules.graph, rules.signature, objects));
  }
  if (!rules.outputs.empty()) {
    CAIRN_ASSIGN_OR_RETURN(NeededTensors more, FindNeededTensors(*rules.graph, rules.outputs));
    needed.keys.merge(more.keys);
    needed.tables.merge(more.tables);
  }
  for (const std::string& key : needed.keys) {
    const auto i = decisions.Find(key);
    if (!i) return NotThere(dict, key, "the graph");
    decisions.Keep(*i);
  }
  for (const std::string& table : needed.tables)
    notes.push_back("the lookup table " + Quoted(table) +
                    " is needed, too: its entries may be in files");
  decisions.DropRest(rules.signature.empty() ? "the outputs do not need it"
                     : rules.outputs.empty()
                         ? "signature " + Quoted(rules.signature) + " does not need it"
                         : "neither the signature nor the outputs need it");
  return {};
}

// Keeps what the collections of the metagraph count to the model.
Status KeepModelVariables(const TensorDict& dict, const MetaGraph& graph, PruneDecisions& decisions,
                          std::vector<std::string>& notes) {
  CAIRN_ASSIGN_OR_RETURN(const ModelVariables variables, FindModelVariables(graph));
  for (const GraphVariable& variable : variables.model) {
    auto i = decisions.Find(variable.name);
    // A part of a partitioned variable is saved under the name of the whole.
    if (!i) i = decisions.Find(variable.key);
    if (!i) return NotThere(dict, variable.name, "the model");
    decisions.Keep(*i);
  }
  decisions.DropRest("is not in the metagraph");
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string_view variable = VariableOfEntry(dict.name(i));
    const auto why = variables.others.find(variable);
    if (decisions.is_kept(i) || why == variables.others.end()) continue;
    decisions.Drop(i, why->second);
    if (LooksLikeMovingStatistic(variable)) {
      notes.push_back(Quoted(variable) +
                      " is dropped, since it is not in 'model_variables': to keep what inference "
                      "needs, use --outputs or --signature");
    }
  }
  return {};
}

// By position in a dict, why a tensor is training state; "" for what is not.
using TrainingReasons = std::vector<std::string>;

TrainingReasons ReasonsByRole(const TensorDict& dict, const std::optional<ObjectGraph>& objects) {
  const std::vector<TensorRole> roles = RolesOf(dict, objects ? &*objects : nullptr);
  TrainingReasons reasons(dict.size());
  for (size_t i = 0; i < dict.size(); ++i) {
    if (IsTrainingState(roles[i])) reasons[i] = Describe(roles[i]);
  }
  return reasons;
}

// Collections of a metagraph are believed before the looks of names. A metagraph whose
// collections do not tell leaves the names. Errors: kProto.
Status CorrectByCollections(const TensorDict& dict, const MetaGraph& graph,
                            TrainingReasons& reasons) {
  const Result<ModelVariables> variables = FindModelVariables(graph);
  if (variables.status().reason() == Reason::kProto) return variables.status();
  if (!variables.ok()) return {};
  std::set<std::string_view> model;
  for (const GraphVariable& variable : variables->model) model.insert(variable.name);
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string_view variable = VariableOfEntry(dict.name(i));
    const auto other = variables->others.find(variable);
    if (model.contains(variable)) {
      reasons[i].clear();
    } else if (other != variables->others.end() && !LooksLikeMovingStatistic(variable)) {
      reasons[i] = other->second;
    }
  }
  return {};
}

void KeepAllBut(const TrainingReasons& reasons, PruneDecisions& decisions) {
  for (size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i].empty()) {
      decisions.Keep(i);
    } else {
      decisions.Drop(i, reasons[i]);
    }
  }
}

}  // namespace

Result<PrunePlan> PlanPrune(const TensorDict& dict, const PruneRules& rules) {
  CAIRN_ASSIGN_OR_RETURN(PruneDecisions decisions, PruneDecisions::Make(dict));
  std::vector<std::string> notes;
  if (!rules.outputs.empty() || !rules.signature.empty()) {
    CAIRN_RETURN_IF_ERROR(KeepNeeded(dict, rules, decisions, notes));
  } else if (rules.graph != nullptr) {
    CAIRN_RETURN_IF_ERROR(KeepModelVariables(dict, *rules.graph, decisions, notes));
  } else if (decisions.objects()) {
    KeepAllBut(ReasonsByRole(dict, decisions.objects()), decisions);
  } else {
    return NoRule();
  }
  if (rules.use_averages) CAIRN_RETURN_IF_ERROR(decisions.TakeAverages());
  CAIRN_ASSIGN_OR_RETURN(PrunePlan plan, decisions.Finish(true, !decisions.objects()));
  plan.notes = std::move(notes);
  return plan;
}

Result<PrunePlan> PlanTrainingState(const TensorDict& dict, const TrainingStateRules& rules) {
  CAIRN_ASSIGN_OR_RETURN(PruneDecisions decisions, PruneDecisions::Make(dict));
  TrainingReasons reasons(dict.size());
  if (rules.drop) {
    reasons = ReasonsByRole(dict, decisions.objects());
    if (!decisions.objects() && rules.graph != nullptr)
      CAIRN_RETURN_IF_ERROR(CorrectByCollections(dict, *rules.graph, reasons));
  }
  KeepAllBut(reasons, decisions);
  if (rules.use_averages) CAIRN_RETURN_IF_ERROR(decisions.TakeAverages());
  return decisions.Finish(rules.drop, false);
}

}  // namespace cairn
