// The `checkpoint` state file of a directory, read and written. state_file_text.h has its grammar.
#ifndef CAIRN_STATE_STATE_FILE_H_
#define CAIRN_STATE_STATE_FILE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/state/state_file_text.h"

namespace cairn {

inline constexpr std::string_view kStateFileName = "checkpoint";

// Errors: kMissing, those of ParseStateFile, kFileType, kIo; with the path.
CAIRN_EXPORT Result<StateFile> ReadStateFile(FileSystem& fs, const std::string& directory);
// The same for a state file of any name.
CAIRN_EXPORT Result<StateFile> ReadStateFileAt(FileSystem& fs, const std::string& path);
// Durably, in one rename: the old file or the new one is there at every moment. With
// Durability::kNone a power cut may leave neither. Writes paths as they are in `state`. Errors:
// kNoSpace, kReadOnly, kIo, …; the file is then as it was.
CAIRN_EXPORT Status WriteStateFile(FileSystem& fs, const std::string& directory,
                                   const StateFile& state,
                                   Durability durability = Durability::kSynced);

}  // namespace cairn

#endif  // CAIRN_STATE_STATE_FILE_H_
