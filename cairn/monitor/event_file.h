// Writes the scalars of a run into event files, which TensorBoard shows.
#ifndef CAIRN_MONITOR_EVENT_FILE_H_
#define CAIRN_MONITOR_EVENT_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"

namespace cairn {

// The names of event files begin so: `events.out.tfevents.SECONDS.HOST`.
inline constexpr std::string_view kEventFilePrefix = "events.out.tfevents.";

// Begins a new event file when it has something to write, and adds to it from then on. Its name
// comes after those of all older ones. If a sync fails, that file is not written to any more, and
// the next flush begins another one.
class CAIRN_EXPORT EventWriter {
 public:
  // Borrows `fs`, which must outlive it. `clock` returns seconds since 1970.
  EventWriter(FileSystem& fs, std::string directory, std::function<double()> clock);

  // Keeps an event in memory until the next flush. A tag that is not UTF-8 is escaped.
  void Add(std::string_view tag, double value, int64_t step);

  // Hands over to the operating system what was added. After an error the events stay in memory,
  // and the next flush tries again; where there are more than a MiB of them they are dropped, and
  // the message says how many. Errors: kNoSpace, kReadOnly, kMissing (the directory), kIo, …
  Status Flush();

  // The events that Flush dropped.
  uint64_t num_lost() const { return num_lost_; }

  // Puts on stable storage what was flushed before. May be called on another thread than the other
  // methods, which do not wait for it. Errors: kNoSpace, kIo; what was flushed since the last
  // successful call may be lost in a power cut.
  Status Sync() { return SyncFile(fs_, directory_, *file_); }

  // Returns a function that does what Sync does. It uses `fs` and not the writer, so it may be
  // called after the writer was destroyed.
  std::function<Status()> MakeSync() const;

 private:
  // The file that is written to. Threads that sync share it with the writer.
  struct CurrentFile {
    std::mutex mutex;  // of what follows
    std::shared_ptr<WritableFile> file;
    bool is_name_durable = false;  // of the file
  };

  static Status SyncFile(FileSystem& fs, const std::string& directory, CurrentFile& current);
  // Returns the file that is written to; begins it if there is none.
  Result<std::shared_ptr<WritableFile>> OpenFile();
  Result<std::shared_ptr<WritableFile>> CreateFile(double now);
  Status DropIfTooMany(Status error);

  FileSystem& fs_;
  const std::string directory_;
  const std::function<double()> clock_;
  std::string unwritten_head_;  // the first record of the current file
  std::string unwritten_;       // records
  uint64_t num_unwritten_ = 0;
  uint64_t num_lost_ = 0;
  uint64_t file_nbytes_ = 0;
  const std::shared_ptr<CurrentFile> file_ = std::make_shared<CurrentFile>();
};

}  // namespace cairn

#endif  // CAIRN_MONITOR_EVENT_FILE_H_
