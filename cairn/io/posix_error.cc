#include "cairn/io/posix_error.h"

#include <sys/stat.h>

#include <cstring>

#include "cairn/core/escape.h"

namespace cairn::posix {
namespace {

Reason ReasonOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Reason::kMissing;
    case EEXIST:
    case ENOTEMPTY:
      return Reason::kExists;
    case EISDIR:
    // open with O_NOFOLLOW fails with ELOOP at a symbolic link, too.
    case ELOOP:
      return Reason::kFileType;
    case EACCES:
    case EPERM:
    case EROFS:
      return Reason::kReadOnly;
    case ENOSPC:
    case EDQUOT:
      return Reason::kNoSpace;
    case EFBIG:
      return Reason::kTooBig;
    case ENOMEM:
      return Reason::kNoMemory;
    case ENAMETOOLONG:
      return Reason::kPath;
    default:
      return Reason::kIo;
  }
}

// ENOTDIR is said of a directory on the way as well as of the path's own end; what exists is the
// latter.
bool EndsInAFile(const std::string& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

Status Make(Reason reason, int error, const std::string& path, const char* call) {
  return Status(reason, std::string(call) + ": " + std::strerror(error)).AtPath(path);
}

}  // namespace

Status Error(int error, const std::string& path, const char* call) {
  const bool is_wrong_kind = error == ENOTDIR && EndsInAFile(path);
  return Make(is_wrong_kind ? Reason::kFileType : ReasonOf(error), error, path, call);
}

Status ReadError(int error, const std::string& path, const char* call) {
  const Status status = Error(error, path, call);
  return status.reason() == Reason::kReadOnly ? Make(Reason::kIo, error, path, call) : status;
}

Status CheckPath(const std::string& path) {
  if (path.find('\0') == std::string::npos) return {};
  return Status(Reason::kPath, "a path cannot hold a zero byte").AtPath(path);
}

}  // namespace cairn::posix
