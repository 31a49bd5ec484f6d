#include "python/src/plan_object.h"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "python/src/arrays.h"
#include "python/src/errors.h"
#include "python/src/names.h"
#include "python/src/recipe_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::object NameOrNone(std::optional<std::string_view> name) {
  if (!name) return nb::none();
  return NameOf(*name);
}

// Returns (name, name in the source or None, dtype, shape, nbytes) of each tensor.
nb::list Kept(const PlanObject& object) {
  nb::list rows;
  for (const TensorInfo& info : object.plan.dict) {
    rows.append(nb::make_tuple(NameOf(info.name), NameOrNone(object.plan.NameBefore(info.name)),
                               Name(info.dtype), ShapeTuple(info.dims), info.nbytes));
  }
  return rows;
}

nb::list Dropped(const PlanObject& object) {
  nb::list rows;
  for (const DroppedTensor& tensor : object.plan.taken.dropped)
    rows.append(nb::make_tuple(NameOf(tensor.name), NameOf(tensor.why)));
  for (const std::string& name : object.plan.unselected)
    rows.append(nb::make_tuple(NameOf(name), "is not selected"));
  return rows;
}

// Returns (name, elements, overflowed, zeroed, truncated) of each tensor that a cast changed.
nb::list Casts(const PlanObject& object) {
  nb::list rows;
  for (const CastLoss& loss : object.plan.casts.Losses())
    rows.append(nb::make_tuple(NameOf(loss.name), loss.num_elements, loss.num_overflowed,
                               loss.num_zeroed, loss.num_truncated));
  return rows;
}

nb::tuple SideOf(const std::string& path, const Format* format) {
  return nb::make_tuple(NameOf(path), format != nullptr ? nb::object(nb::str(format->name.data(),
                                                                             format->name.size()))
                                                        : nb::none());
}

nb::list Sources(const PlanObject& object) {
  nb::list sides;
  for (const Opened& source : object.plan.sources) sides.append(SideOf(source.path, source.format));
  return sides;
}

nb::object Target(const PlanObject& object) {
  if (object.plan.target == nullptr) return nb::none();
  return SideOf(object.plan.path, object.plan.target);
}

// Returns what a user should be warned of: rules without effect, and graphs that cannot be read.
nb::list Warnings(const PlanObject& object) {
  nb::list texts;
  const auto add = [&](const std::vector<std::string>& rules, const char* before,
                       const char* after) {
    for (const std::string& rule : rules)
      texts.append(NameOf(before + ("'" + rule + "' ") + after));
  };
  const UnmatchedRules& unmatched = object.plan.unmatched;
  add(unmatched.select, "select: ", "matches no tensor");
  add(unmatched.exclude, "exclude: ", "matches no tensor");
  add(unmatched.rename_map, "rename_map: ", "is the name of no tensor");
  add(unmatched.substitutions, "sub: ", "changes no name");
  for (const Remark& remark : object.remarks) {
    if (remark.is_warning) texts.append(NameOf(remark.text));
  }
  return texts;
}

// Returns what is good to know, for people.
nb::list Notes(const PlanObject& object) {
  nb::list texts = ListOfNames(object.plan.taken.notes);
  for (const Remark& remark : object.remarks) {
    if (!remark.is_warning) texts.append(NameOf(remark.text));
  }
  return texts;
}

}  // namespace

void CheckChange(const Status& status) {
  if (status.reason() == Reason::kMissing && status.tensor().empty())
    ThrowMissingTensor(status, "");
  Check(status);
}

Status CheckSelection(const MakingPlan& plan, const NameRulesText& rules) {
  const bool has_patterns = !rules.select.empty() || !rules.exclude.empty();
  if (!has_patterns || !plan.names.empty()) return {};
  if (plan.unmatched.select.empty()) return Status(Reason::kMissing, "every tensor is excluded");
  std::string patterns;
  for (const std::string& pattern : plan.unmatched.select)
    patterns += (patterns.empty() ? "'" : ", '") + pattern + "'";
  return Status(Reason::kMissing, "no tensor matches " + patterns)
      .WithHint("a pattern matches whole names: write 'a/**' for all that is below a");
}

void BindPlanObject(nb::module_& module) {
  nb::class_<PlanObject>(module, "PlanObject", "The plan of a new checkpoint.")
      .def_ro("tensors", &PlanObject::tensors, "The tensors that are to be saved.")
      .def("kept", Kept,
           nb::sig("def kept(self) -> list[tuple[str, str | None, str, tuple[int, ...], int]]"),
           "Returns the name, the name in the source, the dtype, shape and size of each tensor.")
      .def("dropped", Dropped, nb::sig("def dropped(self) -> list[tuple[str, str]]"),
           "Returns the name of each tensor that is left out, and why.")
      .def(
          "casts", Casts, nb::sig("def casts(self) -> list[tuple[str, int, int, int, int]]"),
          "Returns the name of each tensor that lost values in a cast, its number of elements, and "
          "how many overflowed, became zero, and lost a fraction.")
      .def("sources", Sources, nb::sig("def sources(self) -> list[tuple[str, str | None]]"),
           "Returns the path and format of each source.")
      .def("target", Target, nb::sig("def target(self) -> tuple[str, str] | None"),
           "Returns the path and format of the new checkpoint, if they are known.")
      .def("warnings", Warnings, nb::sig("def warnings(self) -> list[str]"),
           "Returns which rules have no effect.")
      .def("notes", Notes, nb::sig("def notes(self) -> list[str]"),
           "Returns what is good to know, for people.")
      .def_prop_ro(
          "graph",
          [](const PlanObject& object) -> nb::object {
            if (!object.plan.taken.graph) return nb::none();
            return NameOf(*object.plan.taken.graph);
          },
          nb::sig("def graph(self) -> str | None"),
          "The file of the graph that told what the model needs.")
      .def_prop_ro(
          "exists", [](const PlanObject& object) { return object.plan.exists; },
          "Whether there is something at the path of the new checkpoint.")
      .def_prop_ro(
          "nbytes_before", [](const PlanObject& object) { return object.plan.nbytes_before(); },
          "The size of the tensors of all sources.")
      .def_prop_ro(
          "nbytes_after", [](const PlanObject& object) { return object.plan.nbytes(); },
          "The size of the tensors that are to be saved.");
}

}  // namespace cairn::python
