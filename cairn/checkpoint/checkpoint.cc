#include "cairn/checkpoint/checkpoint.h"

#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/path.h"

namespace cairn {

Result<TensorDict> Open(FileSystem& fs, std::string_view path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(fs, path));
  return resolved.format->open(fs, resolved.path, options);
}

Result<SaveReport> Save(FileSystem& fs, std::string_view path, const TensorDict& dict,
                        const SaveOptions& options) {
  if (BaseName(path).empty() || path.find('\0') != std::string_view::npos)
    return Status(Reason::kArgument, Quoted(path) + " is no name for a checkpoint");
  return tf_bundle::kFormat.save(fs, std::string(path), dict, options);
}

Result<VerifyReport> Verify(FileSystem& fs, std::string_view path, const VerifyOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(fs, path));
  return resolved.format->verify(fs, resolved.path, options);
}

}  // namespace cairn
