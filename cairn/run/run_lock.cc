#include "cairn/run/run_lock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>
#include <thread>

#include "cairn/core/escape.h"
#include "cairn/core/split.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

constexpr uint64_t kMaxLeaseNbytes = 4096;

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The value of a line "KEY: VALUE"; nothing where it is not one.
std::optional<std::string_view> ValueOf(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  line.remove_prefix(key.size());
  if (!line.starts_with(": ")) return std::nullopt;
  return line.substr(2);
}

std::string Words(const ProcessIdentity& holder) {
  return "process " + std::to_string(holder.process) + " on host " + Quoted(holder.host);
}

// Returns the lease in the lock file, or nothing if it holds none. Errors: kMissing, kIo.
Result<std::optional<Lease>> ReadLockFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  std::string text(std::min(file->size(), kMaxLeaseNbytes), '\0');
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return ParseLease(text);
}

// The lease of whoever has the lock. Who has just got it writes the lease in the next moment.
Result<std::optional<Lease>> WaitForLease(FileSystem& fs, const std::string& path) {
  constexpr int kMaxAttempts = 20;
  constexpr std::chrono::milliseconds kPause(5);
  for (int attempt = 1;; ++attempt) {
    auto lease = ReadLockFile(fs, path);
    const bool has_holder = lease.ok() && *lease && (*lease)->holder;
    if (!lease.ok() || has_holder || attempt == kMaxAttempts) return lease;
    std::this_thread::sleep_for(kPause);
  }
}

// The error for a lock that somebody holds.
Status HeldNow(FileSystem& fs, const std::string& directory, const std::string& path) {
  const auto lease = WaitForLease(fs, path);
  if (!lease.ok() || !*lease || !(*lease)->holder)
    return Status(Reason::kLocked, "is locked by another process").AtPath(directory);
  const ProcessIdentity& holder = *(*lease)->holder;
  std::string message =
      "is locked by " + Words(holder) + ", lease " + std::to_string((*lease)->number);
  if (IsOnThisHost(holder) && !IsRunning(holder))
    message += "; it is gone, but a process that it started still holds the lock";
  return Status(Reason::kLocked, std::move(message))
      .AtPath(directory)
      .WithHint("Wait until that process ends, or stop it; a run has one writer.");
}

Status HeldElsewhere(const std::string& directory, const Lease& lease) {
  return Status(Reason::kLocked, "is locked by " + Words(*lease.holder) + ", lease " +
                                     std::to_string(lease.number) +
                                     "; whether it is still running cannot be told from this host")
      .AtPath(directory)
      .WithHint(
          "When it is certain that the process is gone, take its lease over: "
          "ModelSaverOptions::if_held_elsewhere = IfHeldElsewhere::kTakeOver.");
}

// The lease that comes after the one in a file that is locked now.
Result<Lease> NextLease(const LockedFile& file, const std::string& directory,
                        IfHeldElsewhere if_held_elsewhere, const std::string& environment) {
  CAIRN_ASSIGN_OR_RETURN(const std::string text, file.Read());
  const std::optional<Lease> last = ParseLease(text);
  if (!last && !text.empty() && !file.is_exclusive()) {
    return Status(Reason::kLocked, "its lock file holds no lease")
        .AtPath(directory)
        .WithHint("When no process writes to the run, remove " + std::string(kRunLockName) + ".");
  }
  Lease next{
      .number = last ? last->number + 1 : 1, .environment = environment, .holder = ThisProcess()};
  if (!last || !last->holder) return next;
  if (!IsOnThisHost(*last->holder)) {
    if (if_held_elsewhere == IfHeldElsewhere::kTakeOver) return next;
    return HeldElsewhere(directory, *last);
  }
  // Where there are locks, having this one proves that the last holder is gone.
  if (file.is_exclusive() || !IsRunning(*last->holder)) return next;
  return Status(Reason::kLocked,
                "is locked by " + Words(*last->holder) + ", lease " + std::to_string(last->number))
      .AtPath(directory);
}

// Returns nothing if the lines are not those of a holder.
std::optional<ProcessIdentity> ParseHolder(std::span<const std::string_view> lines) {
  if (lines.size() != 5) return std::nullopt;
  const auto host = ValueOf(lines[0], "host"), machine = ValueOf(lines[1], "machine"),
             boot = ValueOf(lines[2], "boot"), process = ValueOf(lines[3], "process"),
             started = ValueOf(lines[4], "started");
  if (!host || !machine || !boot || !process || !started) return std::nullopt;
  ProcessIdentity holder{
      .host = std::string(*host), .machine = std::string(*machine), .boot = std::string(*boot)};
  if (!ParseNumber(*process, holder.process) || !ParseNumber(*started, holder.started))
    return std::nullopt;
  return holder;
}

std::string WithoutLocks(const std::string& directory) {
  return Escape(directory) +
         ": its file system has no locks: two writers that start in one moment are not kept apart";
}

}  // namespace

std::string FormatLease(const Lease& lease) {
  std::string text = "lease: " + std::to_string(lease.number) + "\n";
  if (!lease.environment.empty()) text += "environment: " + Escape(lease.environment) + "\n";
  if (!lease.holder) return text;
  const ProcessIdentity& holder = *lease.holder;
  text += "host: " + holder.host + "\n";
  text += "machine: " + holder.machine + "\n";
  text += "boot: " + holder.boot + "\n";
  text += "process: " + std::to_string(holder.process) + "\n";
  text += "started: " + std::to_string(holder.started) + "\n";
  return text;
}

std::optional<Lease> ParseLease(std::string_view text) {
  // Each line ends, so that the last part is empty: it is no line.
  std::vector<std::string_view> lines = Split(text, '\n');
  if (!lines.back().empty()) return std::nullopt;
  lines.pop_back();
  if (lines.empty()) return std::nullopt;

  Lease lease;
  const auto number = ValueOf(lines[0], "lease");
  if (!number || !ParseNumber(*number, lease.number)) return std::nullopt;
  std::span<const std::string_view> rest = std::span(lines).subspan(1);
  if (const auto shown = rest.empty() ? std::nullopt : ValueOf(rest[0], "environment")) {
    const std::optional<std::string> environment = Unescape(*shown);
    if (!environment || environment->empty()) return std::nullopt;
    lease.environment = *environment;
    rest = rest.subspan(1);
  }
  if (rest.empty()) return lease;
  lease.holder = ParseHolder(rest);
  return lease.holder ? std::optional(std::move(lease)) : std::nullopt;
}

Result<std::optional<Lease>> ReadLease(FileSystem& fs, const std::string& directory) {
  auto lease = ReadLockFile(fs, JoinPath(directory, kRunLockName));
  if (lease.status().reason() == Reason::kMissing) return std::optional<Lease>();
  return lease;
}

Result<RunLock> RunLock::Acquire(FileSystem& fs, const std::string& directory,
                                 IfHeldElsewhere if_held_elsewhere,
                                 const std::string& environment) {
  if (const size_t nbytes = Escape(environment).size(); nbytes > kMaxEnvironmentNbytes)
    return Status(Reason::kArgument, "the environment has " + std::to_string(nbytes) +
                                         " bytes, at most " +
                                         std::to_string(kMaxEnvironmentNbytes) + " expected");
  std::string path = JoinPath(directory, kRunLockName);
  Result<std::unique_ptr<LockedFile>> file = fs.Lock(path);
  if (file.status().reason() == Reason::kLocked) return HeldNow(fs, directory, path);
  if (file.status().reason() == Reason::kUnsupported)
    return RunLock(fs, std::move(path), nullptr, {}, WithoutLocks(directory));
  CAIRN_RETURN_IF_ERROR(file.status());

  CAIRN_ASSIGN_OR_RETURN(Lease lease, NextLease(**file, directory, if_held_elsewhere, environment));
  CAIRN_RETURN_IF_ERROR((*file)->Replace(AsBytes(FormatLease(lease))));
  std::string warning = (*file)->is_exclusive() ? "" : WithoutLocks(directory);
  RunLock lock(fs, std::move(path), *std::move(file), std::move(lease), std::move(warning));
  if (!lock.warning().empty()) CAIRN_RETURN_IF_ERROR(lock.CheckHeld());
  return lock;
}

RunLock::RunLock(FileSystem& fs, std::string path, std::unique_ptr<LockedFile> file, Lease lease,
                 std::string warning)
    : fs_(&fs),
      path_(std::move(path)),
      file_(std::move(file)),
      lease_(std::move(lease)),
      warning_(std::move(warning)) {}

RunLock::~RunLock() {
  // A forked child has the lock as well, and must not end the lease of its parent.
  if (!file_ || ThisProcess().process != lease_.holder->process || !CheckHeld().ok()) return;
  // Where this fails the next writer finds the lease of a process that is gone.
  const Lease ended{.number = lease_.number, .environment = lease_.environment};
  (void)file_->Replace(AsBytes(FormatLease(ended)));
}

Status RunLock::CheckHeld() const {
  if (!file_) return {};
  const auto lease = ReadLockFile(*fs_, path_);
  if (lease.status().reason() == Reason::kMissing)
    return Status(Reason::kGone, "the lock file was removed").AtPath(path_);
  CAIRN_RETURN_IF_ERROR(lease.status());
  if (*lease && (*lease)->number == lease_.number && (*lease)->holder == lease_.holder) return {};
  if (!*lease || !(*lease)->holder)
    return Status(Reason::kGone, "the lease was removed").AtPath(path_);
  return Status(Reason::kLocked,
                "lease " + std::to_string(lease_.number) + " of this process was taken over by " +
                    Words(*(*lease)->holder) + ", lease " + std::to_string((*lease)->number))
      .AtPath(path_);
}

}  // namespace cairn
