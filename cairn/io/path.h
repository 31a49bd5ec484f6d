// Paths as text, in the manner of POSIX.
#ifndef CAIRN_IO_PATH_H_
#define CAIRN_IO_PATH_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// "run/model-1" -> "run"; "model-1" -> "."; "/x" -> "/".
std::string DirectoryOf(std::string_view path);
// "run/model-1" -> "model-1"; "run/" -> "".
std::string_view BaseName(std::string_view path);
// "run", "x" -> "run/x"; "", "x" -> "x"; an absolute `name` is given back as it is.
std::string JoinPath(std::string_view directory, std::string_view name);

// The error kExists for something that must not be at `path`.
Status AlreadyThere(std::string_view path);

}  // namespace cairn

#endif  // CAIRN_IO_PATH_H_
