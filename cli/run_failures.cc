#include "cli/run_failures.h"

#include <algorithm>

#include "cairn/core/split.h"
#include "cairn/io/path.h"
#include "cairn/monitor/logger_dir.h"
#include "cli/output.h"
#include "cli/print/columns.h"

namespace cairn::cli {
namespace {

constexpr uint64_t kTailNbytes = 64 << 10;
constexpr size_t kMaxColumns = 300;

// The end of a file, from the first whole line on.
Result<std::string> ReadTail(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  const uint64_t nbytes = std::min(file->size(), kTailNbytes);
  std::string tail(nbytes, '\0');
  CAIRN_RETURN_IF_ERROR(
      file->ReadAt(file->size() - nbytes, std::as_writable_bytes(std::span(tail))));
  if (nbytes < file->size()) tail.erase(0, std::min(tail.find('\n'), tail.size() - 1) + 1);
  return tail;
}

// `line` without the sequences that set colours: ESC [ … m.
std::string WithoutColors(std::string_view line) {
  std::string plain;
  while (true) {
    const size_t escape = std::min(line.find("\x1b["), line.size());
    plain += line.substr(0, escape);
    const size_t end = line.find('m', escape);
    if (end == line.npos) return plain.append(line.substr(escape));
    line.remove_prefix(end + 1);
  }
}

// Whether the log calls a line a warning or an error: after the time and place in brackets,
// "[0131 12:00:00 @saver.py:82] WRN …".
bool IsFailure(std::string_view line) {
  if (line.starts_with('[')) {
    line.remove_prefix(std::min(line.find(']') + 1, line.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  return line.starts_with("WRN ") || line.starts_with("ERR ");
}

}  // namespace

Result<std::vector<std::string>> ReadFailures(FileSystem& fs, const std::string& directory,
                                              size_t max_lines) {
  const Result<std::string> tail = ReadTail(fs, JoinPath(directory, kLogFileName));
  std::vector<std::string> failures;
  if (tail.status().reason() == Reason::kMissing) return failures;
  CAIRN_RETURN_IF_ERROR(tail.status());
  std::vector<std::string_view> lines = Split(*tail, '\n');
  lines.pop_back();  // a line that is still being written, or nothing
  for (const std::string_view line : lines) {
    const std::string plain = WithoutColors(line);
    if (IsFailure(plain)) failures.emplace_back(Shortened(OneLine(plain), kMaxColumns));
  }
  if (failures.size() > max_lines) failures.erase(failures.begin(), failures.end() - max_lines);
  return failures;
}

}  // namespace cairn::cli
