#include "cli/text_file.h"

#include <span>

#include "cairn/core/split.h"
#include "cairn/io/file_system.h"

namespace cairn::cli {

Result<std::string> ReadText(const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, LocalFileSystem().OpenForReading(path, Access::kRead));
  std::string text(file->size(), '\0');
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return text;
}

Result<std::vector<std::string>> ReadLines(const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  std::vector<std::string> lines;
  for (std::string_view line : Split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace cairn::cli
