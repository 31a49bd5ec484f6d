#include "cairn/testing/fault_file_system.h"

#include <algorithm>

namespace cairn {
namespace {

Reason ReasonOf(const Status& status) { return status.reason(); }
template <typename T>
Reason ReasonOf(const Result<T>& result) {
  return result.status().reason();
}

// Carries `call` out unless the script has another mind.
template <typename CarryOut>
auto Run(FaultScript& script, TracedCall call, CarryOut carry_out) -> decltype(carry_out()) {
  const FaultScript::Decision decision = script.Enter(std::move(call));
  if (!decision.error.ok()) return decision.error;
  auto result = carry_out();
  script.Finish(decision, ReasonOf(result));
  return result;
}

class FaultReader final : public RandomAccessFile {
 public:
  FaultReader(std::shared_ptr<const RandomAccessFile> base, FaultScript& script, uint64_t number)
      : base_(std::move(base)), script_(script), number_(number) {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    const auto decision = script_.Enter({.call = Call::kRead,
                                         .path = path(),
                                         .file = number_,
                                         .offset = offset,
                                         .nbytes = out.size()});
    if (decision.error.ok()) {
      Status status = base_->ReadAt(offset, out);
      script_.Finish(decision, status.reason());
      return status;
    }
    (void)base_->ReadAt(offset, out.first(std::min(decision.done_nbytes, out.size())));
    return decision.error;
  }
  uint64_t size() const override { return base_->size(); }
  const std::string& path() const override { return base_->path(); }

 private:
  std::shared_ptr<const RandomAccessFile> base_;
  FaultScript& script_;
  uint64_t number_;
};

class FaultWriter final : public WritableFile {
 public:
  FaultWriter(std::unique_ptr<WritableFile> base, FaultScript& script, uint64_t number)
      : base_(std::move(base)), script_(script), number_(number) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    const auto decision = script_.Enter({.call = Call::kWrite,
                                         .path = path(),
                                         .file = number_,
                                         .offset = offset,
                                         .nbytes = bytes.size()});
    if (decision.error.ok()) {
      Status status = base_->WriteAt(offset, bytes);
      script_.Finish(decision, status.reason());
      return status;
    }
    (void)base_->WriteAt(offset, bytes.first(std::min(decision.done_nbytes, bytes.size())));
    return decision.error;
  }

  Status Allocate(uint64_t nbytes) override {
    return Run(script_,
               {.call = Call::kAllocate, .path = path(), .file = number_, .nbytes = nbytes},
               [&] { return base_->Allocate(nbytes); });
  }

  Status Sync() override {
    return Run(script_, {.call = Call::kSync, .path = path(), .file = number_},
               [&] { return base_->Sync(); });
  }

  Status Close() override {
    const auto decision = script_.Enter({.call = Call::kClose, .path = path(), .file = number_});
    if (decision.has_stopped) return decision.error;
    Status status = base_->Close();  // also where it is to fail: the descriptor is gone
    if (!decision.error.ok()) return decision.error;
    script_.Finish(decision, status.reason());
    return status;
  }

  const std::string& path() const override { return base_->path(); }

 private:
  std::unique_ptr<WritableFile> base_;
  FaultScript& script_;
  uint64_t number_;
};

// A process that has stopped leaves the content as it is, and its lock is free.
class FaultLockedFile final : public LockedFile {
 public:
  FaultLockedFile(std::unique_ptr<LockedFile> base, FaultScript& script, std::string path,
                  uint64_t number)
      : base_(std::move(base)), script_(script), path_(std::move(path)), number_(number) {}

  bool is_exclusive() const override { return base_->is_exclusive(); }

  Result<std::string> Read() const override {
    return Run(script_, {.call = Call::kRead, .path = path_, .file = number_},
               [&] { return base_->Read(); });
  }

  Status Replace(Bytes content) override {
    return Run(script_,
               {.call = Call::kWrite, .path = path_, .file = number_, .nbytes = content.size()},
               [&] { return base_->Replace(content); });
  }

 private:
  std::unique_ptr<LockedFile> base_;
  FaultScript& script_;
  std::string path_;
  uint64_t number_;
};

}  // namespace

Result<std::shared_ptr<const RandomAccessFile>> FaultFileSystem::OpenForReading(
    const std::string& path, Access /*access*/) {
  const uint64_t number = script_.NumberFile();
  auto file = Run(script_, {.call = Call::kOpen, .path = path, .file = number},
                  [&] { return base_.OpenForReading(path, Access::kRead); });
  if (!file.ok()) return file.status();
  return std::make_shared<const FaultReader>(*std::move(file), script_, number);
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::CreateForWriting(const std::string& path) {
  const uint64_t number = script_.NumberFile();
  auto file = Run(script_, {.call = Call::kCreate, .path = path, .file = number},
                  [&] { return base_.CreateForWriting(path); });
  if (!file.ok()) return file.status();
  return std::make_unique<FaultWriter>(*std::move(file), script_, number);
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::CreateSharing(const std::string& path,
                                                                     const std::string& from,
                                                                     Sharing sharing) {
  const uint64_t number = script_.NumberFile();
  auto file = Run(script_, {.call = Call::kCreate, .path = path, .file = number},
                  [&] { return base_.CreateSharing(path, from, sharing); });
  if (!file.ok()) return file.status();
  return std::make_unique<FaultWriter>(*std::move(file), script_, number);
}

Result<FileInfo> FaultFileSystem::Stat(const std::string& path) {
  return Run(script_, {.call = Call::kStat, .path = path}, [&] { return base_.Stat(path); });
}

Result<std::vector<std::string>> FaultFileSystem::List(const std::string& directory) {
  return Run(script_, {.call = Call::kList, .path = directory},
             [&] { return base_.List(directory); });
}

Status FaultFileSystem::CreateDirectories(const std::string& path) {
  return Run(script_, {.call = Call::kCreateDirectories, .path = path},
             [&] { return base_.CreateDirectories(path); });
}

Status FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  return Run(script_, {.call = Call::kRename, .path = from, .to = to},
             [&] { return base_.Rename(from, to); });
}

Status FaultFileSystem::RenameNoReplace(const std::string& from, const std::string& to) {
  return Run(script_, {.call = Call::kRename, .path = from, .to = to},
             [&] { return base_.RenameNoReplace(from, to); });
}

Status FaultFileSystem::Remove(const std::string& path) {
  return Run(script_, {.call = Call::kRemove, .path = path}, [&] { return base_.Remove(path); });
}

Status FaultFileSystem::RemoveDirectory(const std::string& path) {
  return Run(script_, {.call = Call::kRemove, .path = path},
             [&] { return base_.RemoveDirectory(path); });
}

Status FaultFileSystem::SyncDirectory(const std::string& directory) {
  return Run(script_, {.call = Call::kSyncDirectory, .path = directory},
             [&] { return base_.SyncDirectory(directory); });
}

Result<FreeSpace> FaultFileSystem::GetFreeSpace(const std::string& directory) {
  return Run(script_, {.call = Call::kFreeSpace, .path = directory},
             [&] { return base_.GetFreeSpace(directory); });
}

Result<FileInfo> FaultFileSystem::StatName(const std::string& path) {
  return Run(script_, {.call = Call::kStat, .path = path}, [&] { return base_.StatName(path); });
}

Result<std::unique_ptr<LockedFile>> FaultFileSystem::Lock(const std::string& path) {
  const uint64_t number = script_.NumberFile();
  auto file = Run(script_, {.call = Call::kLock, .path = path, .file = number},
                  [&] { return base_.Lock(path); });
  if (!file.ok()) return file.status();
  return std::make_unique<FaultLockedFile>(*std::move(file), script_, path, number);
}

}  // namespace cairn
