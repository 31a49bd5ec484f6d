#include "cairn/data/file_sequence.h"

#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/data/position_text.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

constexpr std::array<std::string_view, 4> kFileKeys = {"files", "names", "pass", "file"};
constexpr std::string_view kAt = " at ";

// Returns how many bytes of directories all paths begin with: "data/" of "data/a" and "data/b/c".
size_t CommonDirectories(const std::vector<std::string>& paths) {
  std::string_view common = paths.empty() ? std::string_view() : paths[0];
  for (const std::string& path : paths) {
    const auto [end, _] = std::ranges::mismatch(common, path);
    common = common.substr(0, end - common.begin());
  }
  const size_t slash = common.rfind('/');
  return slash == common.npos ? 0 : slash + 1;
}

}  // namespace

std::string FormatFilePosition(const FilePosition& position) {
  std::string text = FormatPosition({{"files", position.num_files},
                                     {"names", position.names},
                                     {"pass", position.pass},
                                     {"file", position.file}});
  if (!position.at.empty()) text += std::string(kAt) + position.at;
  return text;
}

Result<FilePosition> ParseFilePosition(std::string_view text) {
  const size_t end = text.find(kAt);
  CAIRN_ASSIGN_OR_RETURN(const auto fields, ParsePosition(text.substr(0, end), kFileKeys));
  FilePosition position{
      .num_files = fields[0], .names = fields[1], .pass = fields[2], .file = fields[3]};
  if (end != text.npos) position.at = text.substr(end + kAt.size());
  const bool is_in_a_file = end != text.npos;
  if (position.file > position.num_files ||
      (is_in_a_file && (position.at.empty() || position.file == position.num_files)))
    return Status(Reason::kFormat, "a place in one of the files expected, found " + Quoted(text));
  return position;
}

uint64_t ChecksumOfNames(const std::vector<std::string>& paths) {
  const size_t common = CommonDirectories(paths);
  uint32_t crc = 0;
  for (const std::string& path : paths) {
    // The zero byte ends a name: no name has one.
    crc = ExtendCrc32c(crc,
                       std::as_bytes(std::span(path.c_str() + common, path.size() - common + 1)));
  }
  return crc;
}

}  // namespace cairn
