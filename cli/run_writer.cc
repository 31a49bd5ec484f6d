#include "cli/run_writer.h"

#include <chrono>
#include <thread>

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/io/read_head.h"

namespace cairn::cli {
namespace {

constexpr uint64_t kMaxLeaseNbytes = 4096;

RunWriter::State StateOf(const Lease& lease) {
  if (!lease.holder) return RunWriter::State::kEnded;
  if (!IsOnThisHost(*lease.holder)) return RunWriter::State::kElsewhere;
  return IsRunning(*lease.holder) ? RunWriter::State::kRunning : RunWriter::State::kGone;
}

RunWriter Unknown(std::string_view trouble) {
  return {.state = RunWriter::State::kUnknown, .trouble = std::string(trouble)};
}

Result<std::string> ReadLockFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  return ReadHead(*file, kMaxLeaseNbytes);
}

}  // namespace

RunWriter ReadRunWriter(FileSystem& fs, const std::string& directory) {
  // A writer does not replace its lease in one step, so half of one is read again.
  constexpr int kMaxAttempts = 5;
  constexpr std::chrono::milliseconds kPause(5);
  const std::string path = JoinPath(directory, kRunLockName);
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    if (attempt > 1) std::this_thread::sleep_for(kPause);
    const Result<std::string> text = ReadLockFile(fs, path);
    if (text.status().reason() == Reason::kMissing) return {};
    if (text.status().reason() == Reason::kChanged) continue;
    if (!text.ok()) return Unknown(text.status().message());
    std::optional<Lease> lease = ParseLease(*text);
    if (lease) return {.state = StateOf(*lease), .lease = *std::move(lease)};
  }
  return Unknown(Escape(path) + ": holds no lease");
}

std::string TextOf(const RunWriter& writer) {
  const std::string number = "lease " + std::to_string(writer.lease.number);
  const auto process = [&] { return "process " + std::to_string(writer.lease.holder->process); };
  switch (writer.state) {
    case RunWriter::State::kUnlocked:
      return "no process has locked it";
    case RunWriter::State::kEnded:
      return "free, " + number + " ended well";
    case RunWriter::State::kRunning:
      return process() + " of this host is running, " + number;
    case RunWriter::State::kGone:
      return process() + " of this host is gone and did not end " + number;
    case RunWriter::State::kElsewhere:
      return process() + " of host " + Quoted(writer.lease.holder->host) + ", " + number +
             "; whether it is running cannot be told from this host";
    case RunWriter::State::kUnknown:
      break;
  }
  return writer.trouble;
}

}  // namespace cairn::cli
