// Writes checkpoints on a thread of its own, one after the other.
#ifndef CAIRN_SAVER_BACKGROUND_WRITER_H_
#define CAIRN_SAVER_BACKGROUND_WRITER_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "cairn/monitor/log.h"
#include "cairn/saver/checkpoint_writer.h"

namespace cairn {

// Whether an error is trouble of the disk (full, a quota, read-only), despite which a training goes
// on.
bool IsTroubleOfTheDisk(const Status& error);

// All functions are called by one thread, the trainer's.
class BackgroundWriter {
 public:
  using Write = std::function<Result<SavedCheckpoint>(const SaveJob&)>;
  using OnSaved = std::function<void(const SavedCheckpoint&)>;

  // `write` and `on_saved` are called by the thread of the writer; `log` must allow that. Errors:
  // kNoMemory (the machine refuses a thread).
  static Result<std::unique_ptr<BackgroundWriter>> Start(Write write, OnSaved on_saved,
                                                         IfStillSaving if_still_saving, Log& log);
  // Waits until all is written. An error that nobody asked for is logged.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;

  // Called before a snapshot is taken. Returns whether it shall be: false where this save is to be
  // skipped. With `must_save` it never is, and it replaces none: it waits for its turn.
  bool WaitForTurn(bool must_save);
  // After WaitForTurn.
  void Put(SaveJob job);
  // Waits until nothing is left to write.
  void WaitUntilIdle();

  // Returns, once, the first error since the last call that is not trouble of the disk. Further
  // ones are logged when they come.
  Status TakeError();
  // The same for trouble of the disk: full, a quota, read-only.
  Status TakeTroubleOfTheDisk();

 private:
  BackgroundWriter(Write write, OnSaved on_saved, IfStillSaving if_still_saving, Log& log);

  void Run();
  bool IsIdle() const { return !waiting_ && !is_writing_; }
  void WaitFor(std::unique_lock<std::mutex>& lock, const std::function<bool()>& condition);
  void Finish(int64_t step, const Result<SavedCheckpoint>& saved);

  Write write_;
  OnSaved on_saved_;
  IfStillSaving if_still_saving_;
  Log& log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<SaveJob> waiting_;
  bool is_writing_ = false;
  bool is_closing_ = false;
  Status error_;
  Status trouble_of_the_disk_;
  std::thread thread_;  // the last member: it uses all others
};

}  // namespace cairn

#endif  // CAIRN_SAVER_BACKGROUND_WRITER_H_
