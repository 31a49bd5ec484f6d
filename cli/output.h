// Where a command's words go: data to stdout, all else to stderr; colour; errors and exit codes.
#ifndef CAIRN_CLI_OUTPUT_H_
#define CAIRN_CLI_OUTPUT_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn::cli {

// 0 done; 1 a finding (damage, differences, nothing matched); 2 bad usage or trouble with files;
// 130 on interrupt.
enum ExitCode : int { kDone = 0, kFinding = 1, kTrouble = 2, kInterrupted = 130 };

// The one place where errors become exit codes: what the file says is a finding, what was asked for
// or the machine is trouble.
ExitCode ExitCodeOf(const Status& status);
// Returns the one of two exit codes that the program ends with.
ExitCode Worse(ExitCode a, ExitCode b);

enum class ColorChoice : uint8_t { kAuto, kAlways, kNever };
enum class Style : uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// Used by one thread.
class Output {
 public:
  Output() { SetColor(ColorChoice::kAuto); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // kAuto: on a terminal, unless NO_COLOR is set or the terminal is dumb; for each stream.
  void SetColor(ColorChoice choice);

  // From now on the first error is also a JSON document on stdout, unless the command writes one of
  // its own.
  void UseJson() { uses_json_ = true; }

  // Data, buffered. Once the reader has gone, it is dropped.
  void Write(std::string_view data);
  // Writes what is buffered, so that a reader sees it before more is made.
  void Flush();
  // False when nobody reads on: there is no need to make more.
  bool is_wanted() const { return state_ == State::kOpen; }
  // `text` as stdout shows it.
  std::string Styled(Style style, std::string_view text) const;

  // One line each, on stderr; control characters are escaped.
  void Note(std::string_view text);  // "cairn: note: …"
  void Warn(std::string_view text);  // "cairn: warning: …"
  // "cairn: error: …", then "hint: …" where there is one. Returns the exit code. Says nothing where
  // the user interrupted the work.
  ExitCode Error(const Status& status);

  // Writes what is buffered; the last thing a program does. Trouble with stdout itself is said and
  // becomes the exit code, and so does an interrupt while nobody read; a reader that has gone is
  // not an error.
  ExitCode Finish(ExitCode code);

 private:
  enum class State : uint8_t { kOpen, kReaderGone, kInterrupted, kFailed };

  static State StateAfter(int write_error);

  void WriteLine(Style style, std::string_view label, std::string_view text);

  void WriteErrorDocument();

  bool uses_json_ = false;
  bool has_written_ = false;
  Status first_error_;
  bool stdout_has_color_ = false;
  bool stderr_has_color_ = false;
  State state_ = State::kOpen;
  int write_error_ = 0;
  std::string buffer_;
};

// `text` with control characters and bytes that are not UTF-8 escaped as Escape does it, but with
// backslashes left alone: for text whose names are escaped already.
std::string OneLine(std::string_view text);

// Whether that stream is a terminal.
bool IsTerminal(int fd);

// All of `text` to stderr in one piece; errors are lost.
void WriteToStderr(std::string_view text);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_OUTPUT_H_
