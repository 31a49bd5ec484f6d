#include "cairn/io/remove_contents.h"

#include "cairn/io/path.h"

namespace cairn {
namespace {

Status RemoveAllIn(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  for (const std::string& name : names) {
    const std::string path = JoinPath(directory, name);
    CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.StatName(path));
    if (info.kind != FileKind::kDirectory) {
      CAIRN_RETURN_IF_ERROR(fs.Remove(path));
      continue;
    }
    CAIRN_RETURN_IF_ERROR(RemoveAllIn(fs, path));
    CAIRN_RETURN_IF_ERROR(fs.RemoveDirectory(path));
  }
  return {};
}

}  // namespace

Status RemoveContents(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.StatName(directory));
  if (info.kind == FileKind::kLink)
    return Status(Reason::kFileType, "is a link: what it leads to is not removed")
        .AtPath(directory);
  CAIRN_RETURN_IF_ERROR(RemoveAllIn(fs, directory));
  return fs.SyncDirectory(directory);
}

}  // namespace cairn
