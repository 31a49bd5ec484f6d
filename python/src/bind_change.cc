// Changes tensors lazily, one change after another.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include "cairn/checkpoint/formats.h"
#include "cairn/making/graph_beside.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/plan_object.h"
#include "python/src/recipe_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

const Format* FindFormat(const std::string& name) {
  for (const Format& format : Formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

// Returns the plan that takes all tensors of one source as they are.
std::shared_ptr<PlanObject> BeginPlan(std::shared_ptr<Tensors> tensors, const std::string& format) {
  auto object = std::make_shared<PlanObject>();
  Opened source;
  source.path = tensors->path();
  source.format = FindFormat(format);
  source.dict = tensors->dict();
  object->plan.sources.push_back(std::move(source));
  object->plan.dict = tensors->dict();
  for (size_t i = 0; i < tensors->dict().size(); ++i)
    object->plan.names.push_back({std::string(tensors->dict().name(i)), i});
  object->plan.taken.dict = tensors->dict();
  object->tensors = std::move(tensors);
  return object;
}

std::shared_ptr<PlanObject> Change(const PlanObject& before, const nb::dict& changes) {
  const Recipe recipe = RecipeOf(changes);
  auto object = std::make_shared<PlanObject>();
  const std::string& path = before.plan.sources[0].path;
  const Status status = [&]() -> Status {
    const nb::gil_scoped_release release;
    object->plan = ContinuePlan(before.plan);
    CAIRN_RETURN_IF_ERROR(ChangeTensors(recipe, path, object->plan, object->remarks));
    return CheckSelection(object->plan, recipe.names).AtPath(path);
  }();
  CheckChange(status);
  object->tensors = std::make_shared<Tensors>(object->plan.dict, path);
  return object;
}

// Leaves out training state, or takes moving averages in the place of weights. `given` is the path
// that the user named, beside which a graph may tell.
std::shared_ptr<PlanObject> DropTrainingState(const PlanObject& before, const std::string& given,
                                              bool drops, bool uses_averages) {
  auto object = std::make_shared<PlanObject>();
  const Status status = [&]() -> Status {
    const nb::gil_scoped_release release;
    MakingPlan& plan = object->plan;
    plan = ContinuePlan(before.plan);
    std::optional<LoadedGraph> loaded;
    TrainingStateRules rules{.drop = drops, .use_averages = uses_averages};
    if (drops && plan.sources[0].format != nullptr) {
      CAIRN_ASSIGN_OR_RETURN(
          loaded, LoadGraphBeside(LocalFileSystem(), given, plan.sources[0], object->remarks));
      if (loaded) rules.graph = &loaded->graph;
    }
    CAIRN_ASSIGN_OR_RETURN(PrunePlan kept, PlanTrainingState(plan.taken.dict, rules));
    Keep(std::move(kept), plan.taken);
    return ChangeTensors({}, given, plan, object->remarks);
  }();
  CheckChange(status);
  object->tensors = std::make_shared<Tensors>(object->plan.dict, before.plan.sources[0].path);
  return object;
}

}  // namespace

void BindChange(nb::module_& module) {
  BindPlanObject(module);
  module.def("begin_plan", BeginPlan, nb::arg("tensors"), nb::arg("format"),
             "Returns the plan that saves all tensors as they are.");
  module.def(
      "change", Change, nb::arg("before"), nb::arg("changes"),
      nb::sig("def change(before: PlanObject, changes: dict[str, typing.Any]) -> PlanObject"),
      "Returns the plan that makes further changes: those of a recipe file, by its keys.");
  module.def("drop_training_state", DropTrainingState, nb::arg("before"), nb::arg("given"),
             nb::arg("drops"), nb::arg("uses_averages"),
             "Returns the plan that leaves out training state, or takes moving averages.");
}

}  // namespace cairn::python
