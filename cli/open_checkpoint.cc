#include "cli/open_checkpoint.h"

namespace cairn::cli {

Result<Opened> OpenCheckpoint(const std::string& path, Output& out) {
  OpenOptions options;
  options.access = Access::kRead;
  Result<Opened> opened = OpenResolved(LocalFileSystem(), path, options);
  if (opened.ok() && !opened->note.empty()) out.Note(opened->note);
  return opened;
}

}  // namespace cairn::cli
