#include <nanobind/nanobind.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "cairn/train/stop_signals.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"

namespace cairn::python {

namespace nb = nanobind;

void BindStopSignals(nb::module_& module) {
  module.attr("EXIT_TRY_AGAIN") = kExitTryAgain;
  nb::class_<StopSignals>(module, "StopSignals", "Signals that ask a training to save and stop.")
      .def_static(
          "install",
          [](std::vector<int> signals) { return Value(StopSignals::Install(std::move(signals))); },
          nb::arg("signals"), "Installs the handlers. They are put back when the object goes.")
      .def_static("default_signals", &StopSignals::DefaultSignals,
                  "Returns the numbers of SIGTERM, SIGINT and SIGUSR1.")
      .def("request_stop", &StopSignals::RequestStop, "Asks for a stop as a signal does.")
      .def_prop_ro("is_stop_requested", &StopSignals::is_stop_requested)
      .def_prop_ro("signal", &StopSignals::signal, "The first signal that came, or 0.");
}

}  // namespace cairn::python
