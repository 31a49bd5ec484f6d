#include "cairn/io/path.h"

#include "cairn/core/escape.h"

namespace cairn {

std::string DirectoryOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  const size_t last = path.find_last_not_of('/', slash);
  return last == std::string_view::npos ? "/" : std::string(path.substr(0, last + 1));
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty() || name.starts_with('/')) return std::string(name);
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

Status AlreadyThere(std::string_view path) {
  return Status(Reason::kExists, "exists").AtPath(path);
}

}  // namespace cairn
