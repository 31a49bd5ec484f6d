#include "cairn/monitor/logger_dir.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iostream>

#include "cairn/core/escape.h"
#include "cairn/core/run_lock_name.h"
#include "cairn/io/path.h"
#include "cairn/io/remove_contents.h"
#include "cairn/monitor/move_aside.h"
#include "cairn/monitor/run_log.h"
#include "cairn/monitor/time_stamp.h"

namespace cairn {
namespace {

constexpr std::string_view kQuestion = "Select Action: k (keep) / d (delete) / q (quit):";
constexpr std::string_view kActions =
    "k (keep), d (delete what is in it), b (back up), n (new name) or q (quit)";

constexpr std::array<std::pair<char, LoggerDirAction>, 5> kLetters = {
    {{'k', LoggerDirAction::kKeep},
     {'d', LoggerDirAction::kDelete},
     {'b', LoggerDirAction::kBackUp},
     {'n', LoggerDirAction::kNew},
     {'q', LoggerDirAction::kQuit}}};

std::string Trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin));
}

// Leaves out `.` and empty parts. `..` stays, because what is before it may be a link.
std::string Simplified(std::string_view path) {
  std::string simple(path.starts_with('/') ? "/" : "");
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (!simple.empty() && simple.back() != '/') simple += '/';
    simple += part;
  }
  return simple.empty() ? "." : simple;
}

// The error of an action on a directory that can be neither renamed nor replaced by its name.
Status CheckHasName(const std::string& path) {
  const std::string_view name = BaseName(path);
  if (!name.empty() && name != "." && name != "..") return {};
  return Status(Reason::kArgument, "has no name of its own, it can only be kept")
      .AtPath(path)
      .WithHint("Give the run a directory of its own, such as train_log/NAME.");
}

Status NotEmpty(const std::string& path, std::string_view why) {
  return Status(Reason::kExists, "the directory exists and is not empty" + std::string(why))
      .AtPath(path);
}

Result<bool> HasVisibleFiles(FileSystem& fs, const std::string& path) {
  const Result<std::vector<std::string>> names = fs.List(path);
  if (names.status().reason() == Reason::kMissing) return false;
  CAIRN_RETURN_IF_ERROR(names.status());
  return std::ranges::any_of(*names, [](const std::string& name) { return name[0] != '.'; });
}

// Opens a directory step by step.
class LoggerDirOpener {
 public:
  LoggerDirOpener(FileSystem& fs, const std::string& path, const LoggerDirOptions& options)
      : fs_(fs), path_(Simplified(path)), options_(options), now_(Now(options)) {
    log_ = std::make_unique<RunLog>(options.terminal ? options.terminal : Terminal::None(),
                                    options.clock ? options.clock : SecondsSince1970);
  }

  Status Run() {
    CAIRN_ASSIGN_OR_RETURN(const bool is_used, HasVisibleFiles(fs_, path_));
    if (is_used) CAIRN_RETURN_IF_ERROR(ActOnUsed());
    CAIRN_RETURN_IF_ERROR(fs_.CreateDirectories(path_));
    return OpenLog();
  }

  std::string TakePath() { return std::move(path_); }
  std::unique_ptr<Log> TakeLog() { return std::move(log_); }

 private:
  static double Now(const LoggerDirOptions& options) {
    return options.clock ? options.clock() : SecondsSince1970();
  }

  Status ActOnUsed() {
    LoggerDirAction action = options_.action;
    if (action == LoggerDirAction::kAsk) {
      CAIRN_ASSIGN_OR_RETURN(action, Ask());
    }
    switch (action) {
      case LoggerDirAction::kKeep:
        return {};
      case LoggerDirAction::kDelete:
        return Delete();
      case LoggerDirAction::kBackUp:
        return BackUp();
      case LoggerDirAction::kNew:
        return TakeNewName();
      case LoggerDirAction::kAsk:
      case LoggerDirAction::kQuit:
        break;
    }
    return NotEmpty(path_, "").WithHint("The action was to quit.");
  }

  Result<LoggerDirAction> Ask() {
    if (!options_.ask)
      return NotEmpty(path_, ", and there is no terminal on which to ask what to do")
          .WithHint("Give an action: " + std::string(kActions) + ".");
    log_->Warning("Log directory " + Escape(path_) + " exists! Use 'd' to delete it.");
    log_->Warning(
        "If you're resuming from a previous run, you can choose to keep it.\n"
        "Press any other key to exit.");
    for (;;) {
      const std::optional<std::string> line = options_.ask(kQuestion);
      if (!line)
        return Status(Reason::kCancelled, "the input ended before an action was chosen")
            .AtPath(path_);
      const std::string answer = Trimmed(*line);
      if (answer.empty()) continue;
      const Result<LoggerDirAction> action = ParseLoggerDirAction(answer);
      return action.ok() ? *action : LoggerDirAction::kQuit;
    }
  }

  // A process that trains in the directory must not lose its files.
  Status CheckHasNoWriter() {
    const std::string path = JoinPath(path_, kRunLockName);
    if (!fs_.StatName(path).ok()) return {};
    const Status locked = fs_.Lock(path).status();
    if (locked.reason() != Reason::kLocked) return {};
    return locked.WithHint(
        "Another process trains in this directory: stop it, or use another one.");
  }

  Status Delete() {
    CAIRN_RETURN_IF_ERROR(CheckHasName(path_));
    CAIRN_RETURN_IF_ERROR(CheckHasNoWriter());
    return RemoveContents(fs_, path_);
  }

  Status BackUp() {
    CAIRN_RETURN_IF_ERROR(CheckHasName(path_));
    CAIRN_RETURN_IF_ERROR(CheckHasNoWriter());
    CAIRN_ASSIGN_OR_RETURN(const std::string backup, MoveAside(fs_, path_, NameStamp(now_)));
    log_->Info("Directory '" + Escape(path_) + "' backuped to '" + Escape(backup) + "'");
    return {};
  }

  Status TakeNewName() {
    CAIRN_RETURN_IF_ERROR(CheckHasName(path_));
    CAIRN_ASSIGN_OR_RETURN(
        path_, TakeFreeName(path_ + NameStamp(now_), [&](const std::string& name) -> Status {
          CAIRN_ASSIGN_OR_RETURN(const bool is_taken, fs_.Exists(name));
          return is_taken ? AlreadyThere(name) : fs_.CreateDirectories(name);
        }));
    log_->Info("Use a new log directory " + Escape(path_));
    return {};
  }

  Status OpenLog() {
    const std::string path = JoinPath(path_, kLogFileName);
    const Status named = fs_.StatName(path).status();
    if (!named.ok() && named.reason() != Reason::kMissing) return named;
    std::optional<std::string> backup;
    if (named.ok()) {
      CAIRN_ASSIGN_OR_RETURN(backup, MoveAside(fs_, path, "." + NameStamp(now_)));
    }
    CAIRN_ASSIGN_OR_RETURN(auto file, fs_.CreateForWriting(path));
    log_->WriteTo(std::move(file));
    if (backup)
      log_->Info("Existing log file '" + Escape(path) + "' backuped to '" + Escape(*backup) + "'");
    LogArgv();
    return {};
  }

  void LogArgv() {
    if (options_.argv.empty()) return;
    std::string line = "Argv:";
    for (const std::string& word : options_.argv) line += " " + word;
    log_->Info(line);
  }

  FileSystem& fs_;
  std::string path_;
  const LoggerDirOptions& options_;
  const double now_;
  std::unique_ptr<RunLog> log_;
};

}  // namespace

Result<LoggerDirAction> ParseLoggerDirAction(std::string_view letter) {
  for (const auto& [known, action] : kLetters) {
    if (letter.size() == 1 && std::tolower(static_cast<unsigned char>(letter[0])) == known)
      return action;
  }
  return Status(Reason::kArgument,
                Quoted(letter) + " is not an action: " + std::string(kActions) + " expected");
}

AskFunction AskOnTerminal() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return nullptr;
  return [](std::string_view question) -> std::optional<std::string> {
    std::cerr << question << std::flush;
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  };
}

Result<LoggerDir> LoggerDir::Open(FileSystem& fs, const std::string& path,
                                  const LoggerDirOptions& options) {
  LoggerDirOpener opener(fs, path, options);
  CAIRN_RETURN_IF_ERROR(opener.Run());
  return LoggerDir(opener.TakePath(), opener.TakeLog());
}

std::string AutoSetDir(std::string_view program, std::string_view name) {
  std::string_view base = BaseName(program);
  const size_t dot = base.rfind('.');
  if (dot != std::string_view::npos && dot != 0) base = base.substr(0, dot);
  std::string path = JoinPath("train_log", base);
  if (!name.empty()) path.append(":").append(name);
  return path;
}

}  // namespace cairn
