#include "cairn/state/locate_named.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

// Whether no step of a relative path, taken literally, goes above where it begins.
bool StaysInside(std::string_view path) {
  int depth = 0;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part == "..") --depth;
    if (!part.empty() && part != "." && part != "..") ++depth;
    if (depth < 0) return false;
  }
  return true;
}

// The part of `path` below the directory; nothing where it leads elsewhere.
std::optional<std::string_view> PathBelow(std::string_view directory, std::string_view path) {
  if (path.starts_with('/')) {
    if (!directory.starts_with('/')) return std::nullopt;
    while (directory.ends_with('/')) directory.remove_suffix(1);
    if (!path.starts_with(directory) || !path.substr(directory.size()).starts_with('/'))
      return std::nullopt;
    path.remove_prefix(std::min(path.find_first_not_of('/', directory.size()), path.size()));
  }
  const bool is_url = path.find("://") != std::string_view::npos;
  if (is_url || !StaysInside(path)) return std::nullopt;
  while (path.starts_with("./")) path.remove_prefix(2);
  return path == "." ? "" : path;  // the empty prefix
}

// Returns the checkpoint that a path names, below the directory or else beside the state file, or
// nothing where there is none. Errors: kIo.
Result<std::optional<Located>> FindNamed(FileSystem& fs, const std::string& directory,
                                         const std::string& path, const std::string& written) {
  // Anybody may have written the state file, so its paths must not lead out of the directory.
  const auto below = PathBelow(directory, path);
  if (below) {
    CAIRN_ASSIGN_OR_RETURN(auto found, FindCheckpoint(fs, JoinPath(directory, *below)));
    if (found) return std::optional(Located{*std::move(found), ""});
  }
  // TensorFlow may write absolute paths. After the directory was moved they lead nowhere, and the
  // checkpoint still lies beside the state file.
  const std::string_view name = BaseName(path);
  if (name == "." || name == "..") return std::optional<Located>();
  CAIRN_ASSIGN_OR_RETURN(const auto found, FindCheckpoint(fs, JoinPath(directory, name)));
  if (!found) return std::optional<Located>();
  return std::optional(
      Located{*found, Quoted(written) + (below ? " is not there" : " is elsewhere") +
                          "; taken as " + Escape(*found) + ", beside the state file"});
}

std::string WithSlashes(std::string path) {
  std::ranges::replace(path, '\\', '/');
  return path;
}

}  // namespace

Result<Located> LocateNamed(FileSystem& fs, const std::string& directory, const std::string& path) {
  if (path.empty()) return Status(Reason::kMissing, "the state file names no checkpoint");
  if (path.find('\0') != std::string::npos)
    return Status(Reason::kPath, "the state file names " + Quoted(path) + ", no path holds a NUL");
  CAIRN_ASSIGN_OR_RETURN(auto found, FindNamed(fs, directory, path, path));
  if (!found && path.find('\\') != std::string::npos) {
    CAIRN_ASSIGN_OR_RETURN(found, FindNamed(fs, directory, WithSlashes(path), path));
  }
  if (found) return *std::move(found);
  if (PathBelow(directory, path))
    return Status(Reason::kMissing,
                  "the state file names " + Quoted(path) + ", which is not there");
  return Status(Reason::kPath, "the state file names " + Quoted(path) + ", outside of " +
                                   directory + ", and there is no such checkpoint beside it");
}

}  // namespace cairn
