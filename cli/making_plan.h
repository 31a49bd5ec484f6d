// What a verb that makes a checkpoint is going to do: known, and shown, before a byte moves.
#ifndef CAIRN_CLI_MAKING_PLAN_H_
#define CAIRN_CLI_MAKING_PLAN_H_

#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/transform/recipe.h"
#include "cli/output.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {

struct MakingPlan {
  std::vector<Opened> sources;
  TensorDict before;  // all tensors of the sources together
  ObjectNames object_names;
  UnmatchedRules unmatched;
  std::vector<RenamedTensor> names;  // of `before`, by the new names
  TensorDict dict;                   // what is to be saved
  CastReport casts;
  std::vector<std::string> notes;
  const Format* target = nullptr;
  SaveOptions saving;
  std::string path;
  bool exists = false;

  uint64_t nbytes() const;
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
