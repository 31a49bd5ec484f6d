// The plan of a new checkpoint, as Python sees it.
#ifndef CAIRN_PYTHON_PLAN_OBJECT_H_
#define CAIRN_PYTHON_PLAN_OBJECT_H_

#include <nanobind/nanobind.h>

#include <memory>

#include "cairn/making/making_plan.h"
#include "python/src/tensors.h"

namespace cairn::python {

// A plan, and the tensors that it leaves. Immutable.
struct PlanObject {
  MakingPlan plan;
  Remarks remarks;
  std::shared_ptr<Tensors> tensors;
};

// Raises the exception of an error of changing tensors: a pattern or a name that no tensor has is a
// MissingTensorError.
void CheckChange(const Status& status);

// Errors: kMissing (patterns leave nothing of the tensors of a plan).
Status CheckSelection(const MakingPlan& plan, const NameRulesText& rules);

void BindPlanObject(nanobind::module_& module);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_PLAN_OBJECT_H_
