#include "cairn/checkpoint/checkpoint.h"

#include "cairn/checkpoint/formats.h"

namespace cairn {

Result<TensorDict> Open(FileSystem& fs, std::string_view path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(fs, path));
  return resolved.format->open(fs, resolved.path, options);
}

}  // namespace cairn
