#include <nanobind/nanobind.h>

#include "python/src/bindings.h"
#include "python/src/collect_garbage.h"
#include "python/src/python_session.h"

namespace cairn::python {

namespace nb = nanobind;

void BindSession(nb::module_& module) {
  nb::class_<PythonSession>(module, "Session", nb::type_slots(GarbageSlots<PythonSession>::slots),
                            "The variables of a model.")
      .def(nb::init<nb::object>(), nb::arg("adapter"),
           nb::sig("def __init__(self, adapter: object) -> None"))
      .def_prop_ro(
          "adapter", [](const PythonSession& session) { return session.adapter(); },
          nb::sig("def adapter(self) -> typing.Any"),
          "The object that lists, reads and assigns the variables.")
      .def("forget", &PythonSession::Forget,
           "Has the variables listed again when they are asked for next.");
}

}  // namespace cairn::python
