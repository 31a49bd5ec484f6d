#include "cairn/making/plan_making.h"

#include "cairn/checkpoint/destination.h"
#include "cairn/checkpoint/lineage.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/io/durable_files.h"
#include "cairn/making/graph_beside.h"
#include "cairn/source/string_source.h"
#include "cairn/transform/edit_tensors.h"
#include "cairn/transform/recipe_json.h"

namespace cairn {
namespace {

Result<Opened> OpenSource(FileSystem& fs, const std::string& path, OpenOptions options,
                          Remarks& remarks) {
  std::vector<Status> warnings;
  options.warnings = &warnings;
  CAIRN_ASSIGN_OR_RETURN(Opened opened, OpenResolved(fs, path, options));
  for (const Status& warning : warnings)
    remarks.push_back({.is_warning = true, .text = warning.ToString()});
  if (!opened.note.empty()) remarks.push_back({.text = opened.note});
  return opened;
}

Status TakeAll(FileSystem& fs, const MakingRequest& request, MakingPlan& plan, Remarks& remarks) {
  if (request.take) {
    CAIRN_ASSIGN_OR_RETURN(plan.taken, request.take(plan.sources, remarks));
  } else {
    plan.taken.dict = plan.sources[0].dict;
  }
  if (!request.drop_training_state && !request.use_averages) return {};
  TrainingStateRules rules{.drop = request.drop_training_state,
                           .use_averages = request.use_averages};
  std::optional<LoadedGraph> loaded;
  if (rules.drop && plan.sources.size() == 1 && !plan.taken.dict.Find(kObjectGraphKey)) {
    CAIRN_ASSIGN_OR_RETURN(loaded, LoadGraphBeside(fs, request.from[0], plan.sources[0], remarks));
    if (loaded) rules.graph = &loaded->graph;
  }
  auto kept = PlanTrainingState(plan.taken.dict, rules);
  if (!kept.ok()) return kept.status().AtPath(request.from[0]);
  Keep(*std::move(kept), plan.taken);
  return {};
}

Status AddLineage(FileSystem& fs, const MakingRequest& request, MakingPlan& plan) {
  const std::string recipe_json = EncodeRecipe(request.recipe);
  CAIRN_ASSIGN_OR_RETURN(
      const std::string lineage,
      MakeLineage(fs, {*request.lineage_version, request.verb, recipe_json}, plan.sources));
  CAIRN_ASSIGN_OR_RETURN(plan.dict,
                         SetTensor(plan.dict, std::string(kLineageName), MakeTextSource(lineage)));
  return {};
}

}  // namespace

Result<MakingPlan> PlanMaking(FileSystem& fs, const MakingRequest& request, Remarks& remarks) {
  MakingPlan plan;
  plan.path = request.path;
  plan.recipe = request.recipe;
  plan.target = request.target;
  plan.saving = request.saving;
  CAIRN_RETURN_IF_ERROR(CheckDestination(fs, request.path));
  for (const std::string& from : request.from) {
    CAIRN_ASSIGN_OR_RETURN(Opened source, OpenSource(fs, from, request.opening, remarks));
    plan.sources.push_back(std::move(source));
  }
  CAIRN_RETURN_IF_ERROR(TakeAll(fs, request, plan, remarks));
  CAIRN_RETURN_IF_ERROR(ChangeTensors(request.changes, request.from[0], plan, remarks));
  if (request.lineage_version) CAIRN_RETURN_IF_ERROR(AddLineage(fs, request, plan));
  CAIRN_ASSIGN_OR_RETURN(plan.exists, DestinationExists(fs, *plan.target, plan.path));
  return plan;
}

Result<bool> DestinationExists(FileSystem& fs, const Format& target, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const bool is_match, target.recognise(fs, path));
  if (is_match) return true;
  return fs.Exists(path);
}

Status WriteRecipe(FileSystem& fs, const std::string& path, const Recipe& recipe,
                   IfExists if_exists) {
  DurableFiles files(fs, if_exists);
  CAIRN_RETURN_IF_ERROR(files.Add(path, 0));
  CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, AsBytes(EncodeRecipe(recipe))));
  return files.Commit();
}

}  // namespace cairn
