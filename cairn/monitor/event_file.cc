#include "cairn/monitor/event_file.h"

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/io/process_identity.h"
#include "cairn/monitor/event_record.h"

namespace cairn {
namespace {

constexpr uint64_t kMaxUnwritten = uint64_t{1} << 20;
// The seconds in the name count up to a name that is free.
constexpr int64_t kMaxNameAttempts = 10'000;

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
  const auto file = CurrentFile();
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

Result<std::shared_ptr<WritableFile>> EventWriter::CurrentFile() {
  {
    const std::scoped_lock lock(mutex_);
    if (file_) return file_;
  }
  const double now = clock_();
  CAIRN_ASSIGN_OR_RETURN(std::shared_ptr<WritableFile> file, CreateFile(now));
  file_nbytes_ = 0;
  unwritten_head_ = EncodeEventRecord({.wall_time = now,
                                       .file_version = std::string(kEventFileVersion),
                                       .writer = std::string(kEventWriter)});
  const std::scoped_lock lock(mutex_);
  is_name_durable_ = false;
  return file_ = std::move(file);
}

Result<std::shared_ptr<WritableFile>> EventWriter::CreateFile(double now) {
  const std::string host = ThisProcess().host;
  for (int64_t attempt = 0;; ++attempt) {
    const std::string seconds = std::to_string(static_cast<int64_t>(now) + attempt);
    Result<std::unique_ptr<WritableFile>> file = fs_.CreateForWriting(
        JoinPath(directory_, std::string(kEventFilePrefix) + seconds + "." + host));
    if (file.ok()) return std::shared_ptr<WritableFile>(*std::move(file));
    if (file.status().reason() != Reason::kExists || attempt == kMaxNameAttempts)
      return file.status();
  }
}

Status EventWriter::Sync() {
  std::shared_ptr<WritableFile> file;
  bool is_name_durable = false;
  {
    const std::scoped_lock lock(mutex_);
    file = file_;
    is_name_durable = is_name_durable_;
  }
  if (!file) return {};
  if (Status synced = file->Sync(); !synced.ok()) {
    const std::scoped_lock lock(mutex_);
    if (file_ == file) file_.reset();
    return synced;
  }
  if (is_name_durable) return {};
  CAIRN_RETURN_IF_ERROR(fs_.SyncDirectory(directory_));
  const std::scoped_lock lock(mutex_);
  if (file_ == file) is_name_durable_ = true;
  return {};
}

}  // namespace cairn
