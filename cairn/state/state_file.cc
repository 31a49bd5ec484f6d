#include "cairn/state/state_file.h"

#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"

namespace cairn {

Result<StateFile> ReadStateFile(FileSystem& fs, const std::string& directory) {
  return ReadStateFileAt(fs, JoinPath(directory, kStateFileName));
}

Result<StateFile> ReadStateFileAt(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  if (file->size() > kMaxStateFileNbytes) {
    return Status(Reason::kLimit, "a state file of " + std::to_string(file->size()) +
                                      " bytes, at most " + std::to_string(kMaxStateFileNbytes) +
                                      " are read")
        .AtPath(path);
  }
  std::string text(file->size(), '\0');
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return ParseStateFile(text).AtPath(path);
}

Status WriteStateFile(FileSystem& fs, const std::string& directory, const StateFile& state,
                      Durability durability) {
  return WriteFileDurably(fs, JoinPath(directory, kStateFileName), AsBytes(FormatStateFile(state)),
                          IfExists::kReplace, durability);
}

}  // namespace cairn
