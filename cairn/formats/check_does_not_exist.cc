#include "cairn/formats/check_does_not_exist.h"

#include "cairn/core/escape.h"

namespace cairn {

Status CheckDoesNotExist(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const bool exists, fs.Exists(path));
  if (!exists) return {};
  return Status(Reason::kExists, "exists")
      .AtPath(path)
      .WithHint("choose another name, or remove that checkpoint first");
}

}  // namespace cairn
