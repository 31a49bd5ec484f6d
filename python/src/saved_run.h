// A training run that Python owns.
#ifndef CAIRN_PYTHON_SAVED_RUN_H_
#define CAIRN_PYTHON_SAVED_RUN_H_

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <string>

#include "cairn/monitor/logger_dir.h"
#include "python/src/errors.h"
#include "python/src/python_session.h"
#include "python/src/queued_log.h"
#include "python/src/training_run.h"

namespace cairn::python {

// Calls into the run release the GIL while bytes move and while they wait, and take turns. No
// thread of the library calls Python by itself: lines of the log and reports of saves wait until
// they are taken, so that nothing can wait for the GIL while the interpreter ends.
//
// After fork, the child has no thread that writes, and the lock belongs to the parent: every call
// in the child is an error, and nothing is waited for.
class SavedRun {
 public:
  // `session` is a PythonSession, and `directory` a LoggerDir whose log is used, or None. The
  // caller holds the GIL.
  SavedRun(nanobind::object session, nanobind::object directory, TrainingRunOptions options);
  // The caller holds the GIL.
  ~SavedRun();
  SavedRun(const SavedRun&) = delete;

  // Calls `call(run)`, which returns a Status or a Result, without the GIL, and returns its value
  // or raises its error.
  template <typename Call>
  auto Run(Call call) {
    CheckProcess();
    PythonSession& variables = session();
    auto result = [&]() -> decltype(call(*run_)) {
      const nanobind::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      if (!run_) return Closed();
      variables.Forget();
      return call(*run_);
    }();
    if constexpr (std::is_same_v<decltype(result), Status>) {
      variables.errors().Check(result);
    } else {
      return variables.errors().Value(std::move(result));
    }
  }

  // Waits until everything is written, and lets the directory go. Every later call is an error.
  void Close() { EndRun(); }

  // Calls `look(run)` without the GIL, and returns what it returns. The run is null after Close.
  template <typename Look>
  auto LookAt(Look look) {
    const nanobind::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return look(run_.get());
  }

  PythonSession& session() const { return nanobind::cast<PythonSession&>(session_); }
  // Returns the lines that were logged since the last call, if there is no LoggerDir.
  std::vector<QueuedLog::Line> TakeLines() { return lines_.Take(); }

  // See collect_garbage.h.
  template <typename Visit>
  void VisitObjects(Visit visit) const {
    visit(session_);
    visit(directory_);
  }
  void ClearObjects();

 private:
  void CheckProcess() const;
  static Status Closed();
  void EndRun();

  nanobind::object session_;
  nanobind::object directory_;
  QueuedLog lines_;
  const int process_;
  std::mutex mutex_;  // held while the run is used
  std::unique_ptr<TrainingRun> run_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_SAVED_RUN_H_
