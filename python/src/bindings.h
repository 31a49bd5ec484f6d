// The parts of the extension module `cairn._cairn`: one file each, called in the order of this
// list.
#ifndef CAIRN_PYTHON_BINDINGS_H_
#define CAIRN_PYTHON_BINDINGS_H_

#include <nanobind/nanobind.h>

namespace cairn::python {

void BindMemory(nanobind::module_& module);
void BindDType(nanobind::module_& module);
void BindCheckpoint(nanobind::module_& module);
void BindInfo(nanobind::module_& module);
void BindDlpack(nanobind::module_& module);
void BindSave(nanobind::module_& module);
void BindLazy(nanobind::module_& module);
void BindLoad(nanobind::module_& module);
void BindChange(nanobind::module_& module);
void BindMake(nanobind::module_& module);
void BindDiff(nanobind::module_& module);
void BindStats(nanobind::module_& module);
void BindVerify(nanobind::module_& module);
void BindRepair(nanobind::module_& module);
void BindCompat(nanobind::module_& module);
void BindSession(nanobind::module_& module);
void BindModelLoader(nanobind::module_& module);
void BindRestorePlan(nanobind::module_& module);
void BindLoggerDir(nanobind::module_& module);
void BindStopSignals(nanobind::module_& module);
void BindTraining(nanobind::module_& module);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_BINDINGS_H_
