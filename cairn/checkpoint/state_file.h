// The `checkpoint` file of a directory: CheckpointState in protobuf text form, as TensorFlow reads
// and writes it.
//
//   model_checkpoint_path: "model-20"                 the newest
//   all_model_checkpoint_paths: "model-10"            oldest first, the newest last
//   all_model_checkpoint_timestamps: 1700000000.5     as many as paths, or none
//   last_preserved_timestamp: 1700000000.0
//
// Strings have C escapes. Paths are relative to the directory of the file, or absolute.
#ifndef CAIRN_CHECKPOINT_STATE_FILE_H_
#define CAIRN_CHECKPOINT_STATE_FILE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

inline constexpr std::string_view kStateFileName = "checkpoint";

struct StateFile {
  std::string latest;            // model_checkpoint_path; "" = none
  std::vector<std::string> all;  // all_model_checkpoint_paths, as written
  std::vector<double> timestamps;
  std::optional<double> last_preserved_timestamp;
};

// Unknown fields are passed over. Errors: kFormat (with the line), kLimit (over 16 MiB), kDuplicate
// (two newest).
Result<StateFile> ParseStateFile(std::string_view text);
std::string FormatStateFile(const StateFile& state);

// Errors: kMissing, those of ParseStateFile, kIo; with the path.
Result<StateFile> ReadStateFile(FileSystem& fs, const std::string& directory);
// Durably, in one rename. Writes paths as they are in `state`.
Status WriteStateFile(FileSystem& fs, const std::string& directory, const StateFile& state);

// A path that the state file of `directory` holds, made usable.
struct NamedCheckpoint {
  std::string prefix;
  std::string note;  // what was corrected: "… is elsewhere; taken as run/model-9 beside the state
                     // file"; mostly empty
};
// Relative paths are joined to the directory. An absolute path of another place (a moved directory)
// and one that leaves the directory are looked for by their last name beside the state file.
// Errors: kMissing, kPath.
Result<NamedCheckpoint> LocateNamed(FileSystem& fs, const std::string& directory,
                                    const std::string& path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_STATE_FILE_H_
