// Plans a new checkpoint that is made of others: what the verbs convert, prune, merge, average, add
// and subtract do before they save.
#ifndef CAIRN_MAKING_PLAN_MAKING_H_
#define CAIRN_MAKING_PLAN_MAKING_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/making/making_plan.h"

namespace cairn {

struct MakingRequest {
  std::vector<std::string> from = {};  // paths of the sources, one or more
  std::string path = {};               // of the new checkpoint
  std::string verb = "convert";
  TakeTensors take = {};  // empty: takes all tensors of the only source
  // Drops training state, and takes moving averages in the place of weights, before anything is
  // changed.
  bool drop_training_state = false;
  bool use_averages = false;
  Recipe changes = {};
  // How all this can be done again: `changes`, and how the tensors are taken.
  Recipe recipe = {};
  const Format* target = nullptr;
  OpenOptions opening = {};
  SaveOptions saving = {};
  // Keeps the sources, their checksums and the recipe in the new checkpoint, and that this version
  // of the program made it.
  std::optional<std::string> lineage_version = {};
};

// Opens the sources, takes their tensors and changes them. Nothing is written, and no value is read
// but object graphs, and for a lineage all files. Errors: those of CheckDestination, OpenResolved,
// `take`, ChangeTensors and MakeLineage.
Result<MakingPlan> PlanMaking(FileSystem& fs, const MakingRequest& request, Remarks& remarks);

// Whether there is a checkpoint or a file at the path. Errors: kIo.
Result<bool> DestinationExists(FileSystem& fs, const Format& target, const std::string& path);

// Writes a recipe to a file, which is replaced if `if_exists` says so. Errors: kExists, those of
// writing.
Status WriteRecipe(FileSystem& fs, const std::string& path, const Recipe& recipe,
                   IfExists if_exists);

}  // namespace cairn

#endif  // CAIRN_MAKING_PLAN_MAKING_H_
