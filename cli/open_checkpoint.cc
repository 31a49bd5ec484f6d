#include "cli/open_checkpoint.h"

namespace cairn::cli {

Result<OpenedCheckpoint> OpenCheckpoint(const std::string& path, Output& out) {
  FileSystem& fs = LocalFileSystem();
  CAIRN_ASSIGN_OR_RETURN(Resolved resolved, Resolve(fs, path));
  if (!resolved.note.empty()) out.Note(resolved.note);
  OpenOptions options;
  options.access = Access::kRead;
  CAIRN_ASSIGN_OR_RETURN(TensorDict dict, resolved.format->open(fs, resolved.path, options));
  return OpenedCheckpoint{std::move(resolved), std::move(dict)};
}

}  // namespace cairn::cli
