// Work that moves many bytes: without the GIL, with a progress bar, and until the user presses
// Ctrl-C.
#ifndef CAIRN_PYTHON_LONG_CALL_H_
#define CAIRN_PYTHON_LONG_CALL_H_

#include <nanobind/nanobind.h>

#include <functional>

#include "cairn/core/status.h"
#include "cairn/transfer/transfer.h"

namespace cairn::python {

// Work that takes options of a transfer and must not touch Python.
using LongWork = std::function<Status(const TransferOptions&)>;

// Runs `work`, which moves about `nbytes` bytes, without the GIL and returns its status. Long work
// runs on a thread of its own, while this one handles signals and calls `progress(done, total)`, in
// bytes, unless that is None. An exception of a signal handler (KeyboardInterrupt) or of `progress`
// cancels the work and is raised when it has ended. The caller holds the GIL.
Status RunWithoutGil(uint64_t nbytes, nanobind::handle progress, const LongWork& work);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_LONG_CALL_H_
