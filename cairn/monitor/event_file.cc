#include "cairn/monitor/event_file.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/io/process_identity.h"
#include "cairn/monitor/event_record.h"

namespace cairn {
namespace {

constexpr uint64_t kMaxUnwritten = uint64_t{1} << 20;
// Another process may take a name at the same time.
constexpr int kMaxNameAttempts = 100;

// Returns the seconds in the name of the event file that comes last by them; 0 if there is none.
int64_t NewestSeconds(FileSystem& fs, const std::string& directory) {
  int64_t newest = 0;
  const Result<std::vector<std::string>> names = fs.List(directory);
  if (!names.ok()) return newest;
  for (std::string_view name : *names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    name.remove_prefix(kEventFilePrefix.size());
    int64_t seconds = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), seconds);
    // A name with more digits is not one of a time.
    if (parsed.ec == std::errc() && parsed.ptr - name.data() <= 10)
      newest = std::max(newest, seconds);
  }
  return newest;
}

}  // namespace

EventWriter::EventWriter(FileSystem& fs, std::string directory, std::function<double()> clock)
    : fs_(fs), directory_(std::move(directory)), clock_(std::move(clock)) {}

void EventWriter::Add(std::string_view tag, double value, int64_t step) {
  // A message with text that is not UTF-8 would make the whole file unreadable.
  std::string name = IsUtf8(tag) ? std::string(tag) : Escape(tag);
  unwritten_ += EncodeEventRecord({.wall_time = clock_(),
                                   .step = step,
                                   .scalars = {{std::move(name), static_cast<float>(value)}}});
  ++num_unwritten_;
}

Status EventWriter::Flush() {
  if (unwritten_.empty()) return {};
  const auto file = OpenFile();
  if (!file.ok()) return DropIfTooMany(file.status());
  // After an error the next attempt writes to the same place: no half of a record stays in between.
  const std::string records = unwritten_head_ + unwritten_;
  const Status written = (*file)->WriteAt(file_nbytes_, AsBytes(records));
  if (!written.ok()) return DropIfTooMany(written);
  file_nbytes_ += records.size();
  unwritten_head_.clear();
  unwritten_.clear();
  num_unwritten_ = 0;
  return {};
}

Status EventWriter::DropIfTooMany(Status error) {
  if (unwritten_.size() <= kMaxUnwritten) return error;
  const uint64_t num_dropped = std::exchange(num_unwritten_, 0);
  unwritten_.clear();
  num_lost_ += num_dropped;
  return error.In(std::to_string(num_dropped) + " scalars are lost");
}

Result<std::shared_ptr<WritableFile>> EventWriter::OpenFile() {
  {
    const std::scoped_lock lock(file_->mutex);
    if (file_->file) return file_->file;
  }
  const double now = clock_();
  CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<WritableFile> file, CreateFile(now));
  file_nbytes_ = 0;
  unwritten_head_ = EncodeEventRecord({.wall_time = now,
                                       .file_version = std::string(kEventFileVersion),
                                       .writer = std::string(kEventWriter)});
  const std::scoped_lock lock(file_->mutex);
  file_->is_name_durable = false;
  return file_->file = std::move(file);
}

// TensorBoard reads the files in the order of their names, and does not go back to one that comes
// before the file that it reads now. So the seconds count on from the newest file, also if the
// clock was set back.
Result<std::shared_ptr<WritableFile>> EventWriter::CreateFile(double now) {
  const std::string host = ThisProcess().host;
  int64_t seconds = std::max(static_cast<int64_t>(now), NewestSeconds(fs_, directory_) + 1);
  for (int attempt = 1;; ++attempt, ++seconds) {
    Result<std::unique_ptr<WritableFile>> file = fs_.CreateForWriting(
        JoinPath(directory_, std::string(kEventFilePrefix) + std::to_string(seconds) + "." + host));
    if (file.ok()) return std::shared_ptr<WritableFile>(*std::move(file));
    if (file.status().reason() != Reason::kExists || attempt == kMaxNameAttempts)
      return file.status();
  }
}

std::function<Status()> EventWriter::MakeSync() const {
  return
      [&fs = fs_, directory = directory_, file = file_] { return SyncFile(fs, directory, *file); };
}

Status EventWriter::SyncFile(FileSystem& fs, const std::string& directory, CurrentFile& current) {
  std::shared_ptr<WritableFile> file;
  bool is_name_durable = false;
  {
    const std::scoped_lock lock(current.mutex);
    file = current.file;
    is_name_durable = current.is_name_durable;
  }
  if (!file) return {};
  if (Status synced = file->Sync(); !synced.ok()) {
    const std::scoped_lock lock(current.mutex);
    if (current.file == file) current.file.reset();
    return synced;
  }
  if (is_name_durable) return {};
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(directory));
  const std::scoped_lock lock(current.mutex);
  if (current.file == file) current.is_name_durable = true;
  return {};
}

}  // namespace cairn
