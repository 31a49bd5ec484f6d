// The extension module `cairn._cairn`. The package `cairn` is what users see of it.
#include "cairn/version.h"
#include "python/src/bindings.h"

namespace {

// Python 3.12 and later refuse the module in a sub-interpreter by themselves.
void RefuseSubInterpreters() {
#ifndef Py_LIMITED_API
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return;
  throw nanobind::import_error(
      "cairn cannot be imported in a sub-interpreter: import it in the main interpreter, or in "
      "another process");
#endif
}

}  // namespace

NB_MODULE(_cairn, module) {
  RefuseSubInterpreters();
  module.attr("version") = CAIRN_VERSION_STRING;
  cairn::python::BindMemory(module);
  cairn::python::BindDType(module);
  cairn::python::BindCheckpoint(module);
  cairn::python::BindInfo(module);
  cairn::python::BindDlpack(module);
  cairn::python::BindSave(module);
  cairn::python::BindLazy(module);
  cairn::python::BindLoad(module);
  cairn::python::BindChange(module);
  cairn::python::BindMake(module);
  cairn::python::BindDiff(module);
  cairn::python::BindStats(module);
  cairn::python::BindVerify(module);
  cairn::python::BindRepair(module);
  cairn::python::BindCompat(module);
  cairn::python::BindSession(module);
  cairn::python::BindModelLoader(module);
  cairn::python::BindRestorePlan(module);
  cairn::python::BindLoggerDir(module);
  cairn::python::BindStopSignals(module);
  cairn::python::BindTraining(module);
}
