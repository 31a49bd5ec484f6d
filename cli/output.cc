#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cairn/core/escape.h"
#include "cli/print/finding_json.h"
#include "cli/write_all.h"

namespace cairn::cli {
namespace {

constexpr size_t kBufferNbytes = 64 << 10;

std::string_view StyleCode(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kRed:
      return "\x1b[1;31m";
    case Style::kGreen:
      return "\x1b[32m";
    case Style::kYellow:
      return "\x1b[33m";
    case Style::kCyan:
      return "\x1b[36m";
  }
  return "";
}

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool ShowsColor(int fd, ColorChoice choice) {
  if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  return !IsSet("NO_COLOR") && !is_dumb && IsTerminal(fd);
}

std::string Paint(bool has_color, Style style, std::string_view text) {
  if (style == Style::kPlain || !has_color) return std::string(text);
  return std::string(StyleCode(style)) + std::string(text) + "\x1b[0m";
}

}  // namespace

ExitCode ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kDone;
    case StatusCode::kDataLoss:
      return kFinding;
    case StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kTrouble;
  }
}

ExitCode Worse(ExitCode a, ExitCode b) { return std::max(a, b); }

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

void WriteToStderr(std::string_view text) { WriteAllTo(STDERR_FILENO, text); }

std::string OneLine(std::string_view text) {
  std::string line;
  while (true) {
    const size_t backslash = std::min(text.find('\\'), text.size());
    line += Escape(text.substr(0, backslash));
    if (backslash == text.size()) return line;
    line += '\\';
    text.remove_prefix(backslash + 1);
  }
}

void Output::SetColor(ColorChoice choice) {
  stdout_has_color_ = ShowsColor(STDOUT_FILENO, choice);
  stderr_has_color_ = ShowsColor(STDERR_FILENO, choice);
}

void Output::Write(std::string_view data) {
  has_written_ = true;
  if (!is_wanted()) return;
  buffer_ += data;
  if (buffer_.size() >= kBufferNbytes) Flush();
}

Output::State Output::StateAfter(int write_error) {
  if (write_error == EPIPE) return State::kReaderGone;
  return write_error == ECANCELED ? State::kInterrupted : State::kFailed;
}

void Output::Flush() {
  if (!is_wanted()) return;
  write_error_ = WriteAllTo(STDOUT_FILENO, buffer_);
  buffer_.clear();
  if (write_error_ != 0) state_ = StateAfter(write_error_);
}

std::string Output::Styled(Style style, std::string_view text) const {
  return Paint(stdout_has_color_, style, text);
}

void Output::WriteLine(Style style, std::string_view label, std::string_view text) {
  // Earlier output comes first, even where both streams are one.
  Flush();
  WriteToStderr(Paint(stderr_has_color_, style, label) + OneLine(text) + "\n");
}

void Output::Note(std::string_view text) { WriteLine(Style::kPlain, "cairn: note: ", text); }

void Output::Warn(std::string_view text) { WriteLine(Style::kYellow, "cairn: warning: ", text); }

ExitCode Output::Error(const Status& status) {
  if (status.code() == StatusCode::kCancelled) return kInterrupted;
  WriteLine(Style::kRed, "cairn: error: ", status.message());
  if (!status.hint().empty()) WriteLine(Style::kBold, "hint: ", status.hint());
  if (first_error_.ok()) first_error_ = status;
  return ExitCodeOf(status);
}

void Output::WriteErrorDocument() {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  WriteError(json, first_error_);
  EndDocument(json);
  Write(text);
}

ExitCode Output::Finish(ExitCode code) {
  if (uses_json_ && !has_written_ && !first_error_.ok()) WriteErrorDocument();
  Flush();
  if (state_ == State::kInterrupted) return kInterrupted;
  if (state_ != State::kFailed) return code;
  const Status failure = Status(Reason::kIo, std::strerror(write_error_)).AtPath("stdout");
  return Worse(code, Error(failure));
}

}  // namespace cairn::cli
