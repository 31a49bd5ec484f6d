// Gives an older file or directory another name, so that a new one can have its own.
#ifndef CAIRN_MONITOR_MOVE_ASIDE_H_
#define CAIRN_MONITOR_MOVE_ASIDE_H_

#include <functional>
#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Calls `take` with `name`, then with `name-1`, `name-2` and so on, until it returns anything but
// kExists. Returns the name that was taken. Errors: those of `take`; kExists after 1000 names.
Result<std::string> TakeFreeName(const std::string& name,
                                 const std::function<Status(const std::string&)>& take);

// Renames `path` to `path` + `ending`, or to the first free name as TakeFreeName counts. Returns
// the new path. Errors: those of FileSystem::RenameNoReplace.
Result<std::string> MoveAside(FileSystem& fs, const std::string& path, const std::string& ending);

}  // namespace cairn

#endif  // CAIRN_MONITOR_MOVE_ASIDE_H_
