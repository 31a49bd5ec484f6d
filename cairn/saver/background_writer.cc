#include "cairn/saver/background_writer.h"

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

namespace cairn {
namespace {

// A disk that takes longer than this for one save is said to be slow, again and again.
constexpr std::chrono::seconds kLongWait(60);

Status Take(Status& error) { return std::exchange(error, Status()); }

}  // namespace

bool IsTroubleOfTheDisk(const Status& error) {
  return error.reason() == Reason::kNoSpace || error.reason() == Reason::kReadOnly;
}

BackgroundWriter::BackgroundWriter(Write write, OnSaved on_saved, IfStillSaving if_still_saving,
                                   Log& log)
    : write_(std::move(write)),
      on_saved_(std::move(on_saved)),
      if_still_saving_(if_still_saving),
      log_(log),
      thread_([this] { Run(); }) {}

Result<std::unique_ptr<BackgroundWriter>> BackgroundWriter::Start(Write write, OnSaved on_saved,
                                                                  IfStillSaving if_still_saving,
                                                                  Log& log) {
  try {
    return std::unique_ptr<BackgroundWriter>(
        new BackgroundWriter(std::move(write), std::move(on_saved), if_still_saving, log));
  } catch (const std::system_error& error) {
    return Status(Reason::kNoMemory,
                  "cannot start the thread that writes checkpoints: " + std::string(error.what()));
  }
}

BackgroundWriter::~BackgroundWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // Trouble of the disk was logged when it came.
  if (!error_.ok()) log_.Error(error_.ToString());
}

// Waits, and says every minute that it does.
void BackgroundWriter::WaitFor(std::unique_lock<std::mutex>& lock,
                               const std::function<bool()>& condition) {
  std::chrono::seconds waited(0);
  while (!changed_.wait_for(lock, kLongWait, condition)) {
    waited += kLongWait;
    lock.unlock();
    log_.Warning("the training has waited " + std::to_string(waited.count()) +
                 " s for a checkpoint to be written: the disk is slow, or hangs");
    lock.lock();
  }
}

bool BackgroundWriter::WaitForTurn(bool must_save) {
  std::unique_lock lock(mutex_);
  if (!must_save && if_still_saving_ == IfStillSaving::kSkip) return IsIdle();
  if (if_still_saving_ != IfStillSaving::kReplaceWaiting) {
    WaitFor(lock, [this] { return IsIdle(); });
    return true;
  }
  // A best checkpoint that waits to be written and copied is not given up for a newer one.
  const bool may_replace = waiting_ && waiting_->copies.empty() && !must_save;
  if (may_replace) waiting_.reset();
  WaitFor(lock, [this] { return !waiting_; });
  return true;
}

void BackgroundWriter::Put(SaveJob job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(job);
  }
  changed_.notify_all();
}

void BackgroundWriter::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  WaitFor(lock, [this] { return IsIdle(); });
}

Status BackgroundWriter::TakeError() {
  const std::lock_guard lock(mutex_);
  return Take(error_);
}

Status BackgroundWriter::TakeTroubleOfTheDisk() {
  const std::lock_guard lock(mutex_);
  return Take(trouble_of_the_disk_);
}

void BackgroundWriter::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return waiting_ || is_closing_; });
    if (!waiting_) return;
    is_writing_ = true;
    std::optional<SaveJob> job = std::exchange(waiting_, std::nullopt);
    lock.unlock();
    changed_.notify_all();  // there is room for one that waits
    const Result<SavedCheckpoint> saved = write_(*job);
    Finish(job->step, saved);
    job.reset();  // its memory is free before the trainer learns that its turn has come
    lock.lock();
    is_writing_ = false;
    changed_.notify_all();
  }
}

void BackgroundWriter::Finish(int64_t step, const Result<SavedCheckpoint>& saved) {
  if (saved.ok()) {
    if (on_saved_) on_saved_(*saved);
    return;
  }
  const Status& error = saved.status();
  const bool goes_on = IsTroubleOfTheDisk(error);
  if (goes_on) {
    log_.Error(SavedName(step) + " is not saved, the training goes on: " + error.ToString());
  }
  const std::lock_guard lock(mutex_);
  Status& kept = goes_on ? trouble_of_the_disk_ : error_;
  if (kept.ok()) {
    kept = error;
  } else if (!goes_on) {
    log_.Error(SavedName(step) + " is not saved: " + error.ToString());
  }
}

}  // namespace cairn
