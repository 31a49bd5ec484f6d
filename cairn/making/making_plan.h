// The plan of a new checkpoint that is made of others. It is complete, and can be shown, before a
// value is read.
#ifndef CAIRN_MAKING_MAKING_PLAN_H_
#define CAIRN_MAKING_MAKING_PLAN_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/making/taken_tensors.h"
#include "cairn/transform/recipe.h"

namespace cairn {

// Returns the bytes of all tensors.
uint64_t NbytesOf(const TensorDict& dict);

struct MakingPlan {
  Recipe recipe;  // how the tensors are taken, and what is changed
  std::vector<Opened> sources;
  TakenTensors taken;
  ObjectNames object_names;
  UnmatchedRules unmatched;
  std::vector<RenamedTensor> names;     // of what is taken, by the new names
  std::vector<std::string> unselected;  // of what is taken, by patterns
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

// Makes the changes of a recipe to what the plan takes: selects and renames the tensors, then edits
// them. Nothing is read before the result is, but an object graph. `path` is for messages about
// tensors. Errors: those of ParseNameRules, PlanNames and EditTensors.
Status ChangeTensors(const Recipe& changes, std::string_view path, MakingPlan& plan,
                     Remarks& remarks);

// Returns a plan that takes what `before` would save, to change it further. What became of the
// tensors so far stays known.
MakingPlan ContinuePlan(const MakingPlan& before);

}  // namespace cairn

#endif  // CAIRN_MAKING_MAKING_PLAN_H_
