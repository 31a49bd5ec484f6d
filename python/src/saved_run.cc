#include "python/src/saved_run.h"

#include <unistd.h>

namespace cairn::python {
namespace {

namespace nb = nanobind;

Log& LogOf(nb::handle directory, QueuedLog& lines) {
  if (directory.is_none()) return lines;
  return nb::cast<LoggerDir&>(directory).log();
}

}  // namespace

SavedRun::SavedRun(nb::object session, nb::object directory, TrainingRunOptions options)
    : session_(std::move(session)), directory_(std::move(directory)), process_(::getpid()) {
  PythonSession& variables = nb::cast<PythonSession&>(session_);
  const auto text_of = [&variables](const std::string& key) {
    const auto found = variables.texts().find(key);
    return found == variables.texts().end() ? std::string() : found->second;
  };
  run_ = std::make_unique<TrainingRun>(LocalFileSystem(), variables, LogOf(directory_, lines_),
                                       text_of, std::move(options));
}

SavedRun::~SavedRun() { EndRun(); }

void SavedRun::ClearObjects() {
  EndRun();
  session_.reset();
  directory_.reset();
}

void SavedRun::EndRun() {
  if (::getpid() != process_) {
    // The thread that writes is in the parent, so that nobody could wait for it here.
    [[maybe_unused]] auto* const left = run_.release();
    return;
  }
  const nb::gil_scoped_release release;
  const std::lock_guard lock(mutex_);
  run_.reset();
}

Status SavedRun::Closed() {
  return Status(Reason::kArgument, "this saver is closed").WithHint("make a new one");
}

void SavedRun::CheckProcess() const {
  if (::getpid() == process_) return;
  Throw(Status(Reason::kArgument, "this saver belongs to process " + std::to_string(process_) +
                                      ", which forked this one (" + std::to_string(::getpid()) +
                                      ")")
            .WithHint("save in that process alone"));
}

}  // namespace cairn::python
