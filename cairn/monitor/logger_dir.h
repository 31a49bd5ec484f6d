// The directory of a run, and the log in it.
#ifndef CAIRN_MONITOR_LOGGER_DIR_H_
#define CAIRN_MONITOR_LOGGER_DIR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/monitor/log.h"
#include "cairn/monitor/terminal.h"

namespace cairn {

inline constexpr std::string_view kLogFileName = "log.log";

// Says what happens if the directory exists and is not empty. Hidden files do not count.
enum class LoggerDirAction : uint8_t {
  kAsk,     // asks on the terminal
  kKeep,    // k: goes on in it
  kDelete,  // d: deletes everything in it, hidden files too
  kBackUp,  // b: renames it to NAMEMMDD-HHMMSS and begins an empty one
  kNew,     // n: leaves it alone and takes NAMEMMDD-HHMMSS instead
  kQuit,    // q: is an error
};

// Returns the action of a letter, in either case. Errors: kArgument (names the letters).
CAIRN_EXPORT Result<LoggerDirAction> ParseLoggerDirAction(std::string_view letter);

// Shows `question` and returns the line that was typed, or nothing at the end of the input.
using AskFunction = std::function<std::optional<std::string>(std::string_view question)>;
// Returns a function that asks on standard error and reads from standard input, or null if one of
// them is not a terminal.
CAIRN_EXPORT AskFunction AskOnTerminal();

struct LoggerDirOptions {
  LoggerDirAction action = LoggerDirAction::kAsk;
  // The words of the command line, for the first line of the log. Empty: there is no such line.
  std::vector<std::string> argv = {};
  // Where kAsk asks. Null: it does not ask, and a directory that is not empty is an error.
  AskFunction ask = AskOnTerminal();
  // Shows the lines of the log.
  std::shared_ptr<Terminal> terminal = Terminal::StandardError();
  // Returns seconds since 1970. Null: the machine's clock.
  std::function<double()> clock = {};
};

// The directory of a run: its path, and its log, which goes to the file `log.log` and to the
// terminal. A value that one owner has; there is no global one.
class CAIRN_EXPORT LoggerDir {
 public:
  // Makes the directory, with its parents, if it does not exist, and opens its log. An older
  // `log.log` is renamed to `log.log.MMDD-HHMMSS`. Nothing is deleted but by kDelete, which never
  // follows a link. A name with a time that is taken gets a number: `run0131-120000-1`.
  //
  // Errors: kExists (the directory is not empty, and the action is kQuit, or the answer is none of
  // the letters, or there is nobody to ask), kCancelled (the input ended before an answer),
  // kFileType (a file has the name; with kDelete also a link), kArgument (kDelete, kBackUp or kNew
  // of a directory that has no name of its own, such as `.`), kLocked (kDelete or kBackUp of one in
  // which another process trains), kReadOnly, kNoSpace, kIo.
  static Result<LoggerDir> Open(FileSystem& fs, const std::string& path,
                                const LoggerDirOptions& options = {});

  // The directory, without `.`, doubled slashes and a slash at its end; "." is the current one.
  const std::string& path() const { return path_; }
  // Lives as long as this object, also if that is moved.
  Log& log() const { return *log_; }

 private:
  LoggerDir(std::string path, std::unique_ptr<Log> log)
      : path_(std::move(path)), log_(std::move(log)) {}

  std::string path_;
  std::unique_ptr<Log> log_;
};

// Returns the usual directory of a run: `train_log/PROGRAM`, or `train_log/PROGRAM:NAME` if `name`
// is not empty. PROGRAM is the file name of `program`, which is argv[0], without its extension.
CAIRN_EXPORT std::string AutoSetDir(std::string_view program, std::string_view name = {});

}  // namespace cairn

#endif  // CAIRN_MONITOR_LOGGER_DIR_H_
