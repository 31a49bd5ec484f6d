// The verbs that make a checkpoint of others.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "cairn/core/escape.h"
#include "cairn/core/parse_size.h"
#include "cairn/making/plan_making.h"
#include "cairn/making/take_model.h"
#include "cairn/transform/combine_dicts.h"
#include "cairn/transform/recipe_json.h"
#include "cairn/version.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/plan_object.h"
#include "python/src/recipe_arguments.h"
#include "python/src/save_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// The arguments of a verb by name, as cairn/making.py gives them.
class Arguments {
 public:
  explicit Arguments(const nb::dict& all) : all_(all) {}

  nb::object Get(const char* key) const { return all_[key]; }
  bool Flag(const char* key) const { return nb::cast<bool>(Get(key)); }
  uint64_t Number(const char* key) const { return nb::cast<uint64_t>(Get(key)); }
  std::string Text(const char* key) const { return BytesOfName(Get(key)); }
  // Returns the bytes of a path, or an empty text for None.
  std::string PathOrNothing(const char* key) const {
    return Get(key).is_none() ? std::string() : BytesOfPath(Get(key));
  }

 private:
  const nb::dict& all_;
};

AverageOptions AverageOptionsOf(const Arguments& arguments) {
  AverageOptions options;
  options.take_last = arguments.Flag("take_last");
  const std::string method = arguments.Text("method");
  if (method == "geometric") options.method = AverageMethod::kGeometric;
  if (method == "slerp") options.method = AverageMethod::kSpherical;
  options.weights = nb::cast<std::vector<double>>(arguments.Get("weights"));
  return options;
}

Result<TakenTensors> TakeDict(Result<TensorDict> dict) {
  CAIRN_RETURN_IF_ERROR(dict.status());
  return TakenTensors{.dict = *std::move(dict)};
}

// Returns how a verb takes tensors; empty for convert.
TakeTensors TakeOf(const std::string& verb, const Arguments& arguments, const std::string& first) {
  if (verb == "merge") {
    return
        [](const auto& sources, Remarks&) -> Result<TakenTensors> { return TakeMerged(sources); };
  }
  if (verb == "average") {
    return [options = AverageOptionsOf(arguments)](const auto& sources, Remarks&) {
      return TakeDict(AverageDicts(DictsOf(sources), options));
    };
  }
  if (verb == "add")
    return [](const auto& sources, Remarks&) {
      return TakeDict(AddDicts(sources[0].dict, sources[1].dict));
    };
  if (verb == "subtract")
    return [](const auto& sources, Remarks&) {
      return TakeDict(SubtractDicts(sources[0].dict, sources[1].dict));
    };
  if (verb != "prune") return {};
  ModelRules rules{.graph = arguments.PathOrNothing("meta"),
                   .outputs = TextsOf(arguments.Get("outputs")),
                   .signature = arguments.Text("signature"),
                   .use_averages = arguments.Flag("ema")};
  return [rules = std::move(rules), first](const auto& sources, Remarks& remarks) {
    return TakeModel(LocalFileSystem(), first, sources[0], rules, remarks);
  };
}

Result<const Format*> TargetOf(const std::string& to, const std::string& path) {
  if (to.empty()) return &FormatOfNew(path);
  return FormatNamed(to);
}

SaveOptions SavingOf(const Arguments& arguments) {
  SaveOptions saving;
  saving.compress = arguments.Flag("compress");
  saving.compression_level = static_cast<int>(arguments.Number("level"));
  saving.alignment = arguments.Number("alignment");
  saving.max_shard_nbytes = arguments.Number("max_shard_size");
  if (const std::string share = arguments.Text("share"); !share.empty())
    saving.share = SharingNamed(share);
  saving.require_checksums = arguments.Flag("require_checksums");
  if (arguments.Flag("strings_in_metadata")) saving.strings = StringTensors::kMetadata;
  if (arguments.Flag("no_sync")) saving.durability = Durability::kNone;
  if (arguments.Flag("force")) saving.if_exists = IfExists::kReplace;
  if (arguments.Number("memory") > 0) saving.transfer.memory_budget = arguments.Number("memory");
  return saving;
}

MakingRequest RequestOf(const std::string& verb, nb::handle sources, nb::handle path,
                        const nb::dict& changes, const Arguments& arguments) {
  MakingRequest request{.path = BytesOfPath(path), .verb = verb};
  for (const nb::handle source : sources) request.from.push_back(BytesOfPath(source));
  request.take = TakeOf(verb, arguments, request.from.at(0));
  if (verb != "prune") {
    request.drop_training_state = arguments.Flag("drop_training_state");
    request.use_averages = arguments.Flag("ema");
  }
  request.changes = RecipeOf(changes);
  request.recipe = request.changes;
  if (verb != "convert") request.recipe.verb = verb;
  request.recipe.options = TextsOf(arguments.Get("recorded_options"));
  request.recipe.sources.assign(request.from.begin() + 1, request.from.end());
  request.recipe.to = arguments.Text("recorded_to");
  request.target = Value(TargetOf(arguments.Text("to"), request.path));
  request.saving = SavingOf(arguments);
  Check(CheckOptions(*request.target, request.saving));
  request.opening.access = Access::kRead;
  if (arguments.Number("memory") > 0) request.opening.reorder_nbytes = arguments.Number("memory");
  if (arguments.Number("max_expand") > 0)
    request.opening.limits.max_expand = arguments.Number("max_expand");
  if (arguments.Flag("lineage")) request.lineage_version = CAIRN_VERSION_STRING;
  return request;
}

// Returns the path of the graph that prune was given; an empty text for other verbs.
std::string PathOfGraph(const nb::dict& all) {
  return all.contains("meta") ? Arguments(all).PathOrNothing("meta") : std::string();
}

// A source or a graph that is missing is a MissingFileError, a name that no tensor has is a
// MissingTensorError.
void CheckPlan(const Status& status, const std::vector<std::string>& sources,
               const std::string& graph) {
  if (status.reason() != Reason::kMissing) return Check(status);
  for (const std::string& source : sources) Check(Resolve(LocalFileSystem(), source).status());
  if (!graph.empty() && status.path() == graph) Check(status);
  CheckChange(status);
}

std::shared_ptr<PlanObject> Plan(const std::string& verb, nb::handle sources, nb::handle path,
                                 const nb::dict& changes, const nb::dict& all) {
  const MakingRequest request = RequestOf(verb, sources, path, changes, Arguments(all));
  auto object = std::make_shared<PlanObject>();
  Result<MakingPlan> plan = [&] {
    const nb::gil_scoped_release release;
    return PlanMaking(LocalFileSystem(), request, object->remarks);
  }();
  CheckPlan(plan.status(), request.from, PathOfGraph(all));
  object->plan = *std::move(plan);
  CheckChange(CheckSelection(object->plan, request.changes.names).AtPath(request.from[0]));
  Check(object->plan.target->can_hold(object->plan.dict, object->plan.saving).AtPath(request.path));
  object->tensors = std::make_shared<Tensors>(object->plan.dict);
  return object;
}

SaveReport SavePlan(const PlanObject& object, nb::handle record, nb::handle progress) {
  const MakingPlan& plan = object.plan;
  const std::string record_path = record.is_none() ? "" : BytesOfPath(record);
  std::optional<SaveReport> report;
  Check(RunWithoutGil(plan.nbytes(), progress, [&](const TransferOptions& transfer) -> Status {
    SaveOptions saving = plan.saving;
    saving.transfer.threads = transfer.threads;
    saving.transfer.progress = transfer.progress;
    saving.transfer.cancel = transfer.cancel;
    CAIRN_ASSIGN_OR_RETURN(report,
                           SaveAs(LocalFileSystem(), *plan.target, plan.path, plan.dict, saving));
    if (record_path.empty()) return {};
    return WriteRecipe(LocalFileSystem(), record_path, plan.recipe, saving.if_exists);
  }));
  return *std::move(report);
}

nb::tuple ReadRecipe(const std::string& json) {
  const Recipe recipe = Value(ParseRecipe(json));
  return nb::make_tuple(DictOfRecipe(recipe), recipe.takes_otherwise(), recipe.verb, recipe.to,
                        recipe.level, recipe.max_shard_size, recipe.strings);
}

}  // namespace

void BindMake(nb::module_& module) {
  module.def("plan_making", Plan, nb::arg("verb"), nb::arg("sources"), nb::arg("path"),
             nb::arg("changes"), nb::arg("arguments"),
             nb::sig("def plan_making(verb: str, sources: collections.abc.Sequence[str | bytes | "
                     "os.PathLike[str]], path: str | bytes | os.PathLike[str], changes: dict[str, "
                     "typing.Any], arguments: dict[str, typing.Any]) -> PlanObject"),
             "Plans a new checkpoint that is made of others.");
  module.def("save_plan", SavePlan, nb::arg("plan"), nb::arg("record").none(),
             nb::arg("progress").none(),
             nb::sig("def save_plan(plan: PlanObject, record: str | bytes | os.PathLike[str] | "
                     "None, progress: collections.abc.Callable[[int, int], object] | None) -> "
                     "SaveReport"),
             "Saves the checkpoint of a plan, and writes the changes down.");
  module.def(
      "parse_size",
      [](const std::string& text) {
        const std::optional<uint64_t> nbytes = ParseSize(text);
        if (!nbytes) Throw(Status(Reason::kArgument, Quoted(text) + " is not a size"));
        return *nbytes;
      },
      nb::arg("text"), "Returns the bytes of a size such as 5GB or 64 MiB.");
  module.def("read_recipe", ReadRecipe, nb::arg("json"),
             nb::sig("def read_recipe(json: str) -> tuple[dict[str, typing.Any], bool, str, str, "
                     "str, str, str]"),
             "Returns the changes of a recipe file, whether it takes tensors otherwise, its verb, "
             "and its options of the save.");
}

}  // namespace cairn::python
