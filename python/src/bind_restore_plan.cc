#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "cairn/session/restore_plan.h"
#include "cairn/session/session_init.h"
#include "python/src/bindings.h"
#include "python/src/collect_garbage.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/python_session.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// A plan, and the session that it was made for.
struct PlanOfSession {
  nb::object session;
  RestorePlan plan;

  template <typename Visit>
  void VisitObjects(Visit visit) const {
    visit(session);
  }
  void ClearObjects() { session.reset(); }
};

PythonSession& SessionOf(const PlanOfSession& plan) {
  return nb::cast<PythonSession&>(plan.session);
}

PlanOfSession MakePlanOf(nb::object session, const SessionInit& loader) {
  PythonSession& variables = nb::cast<PythonSession&>(session);
  Result<RestorePlan> made = [&]() -> Result<RestorePlan> {
    const nb::gil_scoped_release release;
    // An adapter that cannot list its variables fails here, not in the plan.
    CAIRN_RETURN_IF_ERROR(variables.Snapshot({}).status());
    return loader.Plan(variables);
  }();
  return {std::move(session), variables.errors().Value(std::move(made))};
}

// Applies a plan, and returns a line for each cast that lost something.
nb::list ApplyPlan(const PlanOfSession& plan, bool verify, nb::handle progress) {
  PythonSession& session = SessionOf(plan);
  std::vector<CastLoss> losses;
  const Status status =
      RunWithoutGil(plan.plan.nbytes(), progress, [&](const TransferOptions& given) {
        TransferOptions options = given;
        options.verify = verify;
        return Apply(session, plan.plan, options, &losses);
      });
  session.errors().Check(status);
  nb::list lines;
  for (const CastLoss& loss : losses)
    lines.append(nb::make_tuple(NameOf(loss.name), loss.num_elements, loss.num_overflowed,
                                loss.num_zeroed, loss.num_truncated));
  return lines;
}

// Returns an item as (match, name, entry, source, nbytes, detail, did_you_mean).
nb::tuple RowOf(const RestorePlan& plan, const RestoreItem& item) {
  nb::list near;
  for (const std::string& name : item.did_you_mean) near.append(NameOf(name));
  nb::object entry = nb::none();
  if (item.entry) entry = NameOf(plan.EntryName(item));
  nb::object source = nb::none();
  if (item.entry) source = nb::int_(item.source);
  return nb::make_tuple(Name(item.match), NameOf(item.name), entry, source, item.nbytes,
                        NameOf(item.detail), near);
}

nb::list RowsOfPlan(const PlanOfSession& plan) {
  nb::list rows;
  for (const RestoreItem& item : plan.plan.items) rows.append(RowOf(plan.plan, item));
  return rows;
}

nb::list WarningsOf(const PlanOfSession& plan) {
  nb::list lines;
  for (const std::string& warning : plan.plan.warnings) lines.append(NameOf(warning));
  return lines;
}

nb::object ErrorOf(const PlanOfSession& plan) {
  if (plan.plan.acceptable.ok()) return nb::none();
  return NameOf(plan.plan.acceptable.message());
}

}  // namespace

void BindRestorePlan(nb::module_& module) {
  nb::class_<PlanOfSession>(module, "RestorePlan",
                            nb::type_slots(GarbageSlots<PlanOfSession>::slots),
                            "The plan of a restore.")
      .def_ro("session", &PlanOfSession::session, nb::sig("def session(self) -> Session"))
      .def(
          "text", [](const PlanOfSession& plan) { return NameOf(plan.plan.ToString()); },
          nb::sig("def text(self) -> str"), "Returns the plan as text for people.")
      .def(
          "json", [](const PlanOfSession& plan) { return NameOf(plan.plan.ToJson()); },
          nb::sig("def json(self) -> str"), "Returns the plan as one JSON object.")
      .def("rows", RowsOfPlan,
           nb::sig("def rows(self) -> list[tuple[str, str, str | None, int | None, int, str, "
                   "list[str]]]"),
           "Returns the items: match, name, entry, source, size in bytes, detail, near names.")
      .def("warnings", WarningsOf, nb::sig("def warnings(self) -> list[str]"),
           "Returns what a person should know, a line each.")
      .def("error", ErrorOf, nb::sig("def error(self) -> str | None"),
           "Returns why the plan cannot be applied, or None.")
      .def(
          "nbytes", [](const PlanOfSession& plan) { return plan.plan.nbytes(); },
          "Returns how many stored bytes are read to apply it.")
      .def(
          "apply", ApplyPlan, nb::arg("verify"), nb::arg("progress").none(),
          nb::sig("def apply(self, verify: bool, progress: collections.abc.Callable[[int, int], "
                  "object] | None) -> list[tuple[str, int, int, int, int]]"),
          "Assigns all variables. Returns what casts lost: the name of the tensor, and how many of "
          "its elements there are, became infinite, became zero, and lost their fraction.");
  module.def("make_plan", MakePlanOf, nb::arg("session"), nb::arg("loader"),
             nb::sig("def make_plan(session: Session, loader: SessionInit) -> RestorePlan"),
             "Makes the plan of a restore. No tensor is read.");
}

}  // namespace cairn::python
