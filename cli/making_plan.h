// The plan of a verb that makes a checkpoint. It is complete, and can be shown, before a byte
// moves.
#ifndef CAIRN_CLI_MAKING_PLAN_H_
#define CAIRN_CLI_MAKING_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/transform/prune.h"
#include "cairn/transform/recipe.h"
#include "cli/output.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {

std::vector<TensorDict> DictsOf(const std::vector<Opened>& sources);

// Bytes of all tensors.
uint64_t NbytesOf(const TensorDict& dict);

// The tensors that a verb takes from its sources, before names and tensors are changed.
struct TakenTensors {
  TensorDict dict;
  // The name in its source of each tensor of the dict; none where all have it still.
  std::vector<std::string> origins = {};
  std::vector<DroppedTensor> dropped = {};  // by a rule about what the model needs
  std::vector<std::string> notes = {};
  std::optional<std::string> graph = {};  // the file that told what the model needs
  // The names are those of TensorFlow 1 without ":0", which tensorpack's npz files have.
  bool has_variable_names = false;
};

// Leaves the tensors of a plan, and says which are dropped.
void Keep(PrunePlan plan, TakenTensors& taken);

struct MakingPlan {
  Recipe recipe;  // how the tensors are taken, and what is changed
  std::vector<Opened> sources;
  TakenTensors taken;
  ObjectNames object_names;
  UnmatchedRules unmatched;
  std::vector<RenamedTensor> names;     // of what is taken, by the new names
  std::vector<std::string> unselected;  // of what is taken, by --select and --exclude
  TensorDict dict;                      // what is to be saved
  CastReport casts;
  const Format* target = nullptr;
  SaveOptions saving;
  std::string path;
  bool exists = false;

  uint64_t nbytes() const { return NbytesOf(dict); }
  uint64_t nbytes_before() const;  // of all sources together
  // The name that a tensor had in the sources; nothing where it is made of several, or comes from
  // elsewhere.
  std::optional<std::string_view> NameBefore(std::string_view name) const;
};

// One line for each tensor and one for all, and what else is to be known.
void PrintPlan(const MakingPlan& plan, Output& out);

// The plan as one document, and what was written; `report` is null for a dry run.
std::string JsonOf(const MakingPlan& plan, const SaveReport* report);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_MAKING_PLAN_H_
