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
inline constexpr uint64_t kMaxStateFileNbytes = uint64_t{16} << 20;

struct StateFile {
  std::string latest;              // model_checkpoint_path; "" = none
  std::vector<std::string> all;    // all_model_checkpoint_paths, as written
  std::vector<double> timestamps;  // as many as `all`, or none
  std::optional<double> last_preserved_timestamp;
};

// Unknown fields are passed over; time stamps that are not as many as paths are dropped. Errors:
// kFormat (with the line), kLimit (over kMaxStateFileNbytes), kDuplicate (two newest).
Result<StateFile> ParseStateFile(std::string_view text);
// Byte for byte as TensorFlow writes it. (Earlier versions wrote UTF-8 as octal escapes; all read
// both.)
std::string FormatStateFile(const StateFile& state);

// Errors: kMissing, those of ParseStateFile, kFileType, kIo; with the path.
Result<StateFile> ReadStateFile(FileSystem& fs, const std::string& directory);
// The same for a state file of any name.
Result<StateFile> ReadStateFileAt(FileSystem& fs, const std::string& path);
// Durably, in one rename: the old file or the new one is there at every moment. Writes paths as
// they are in `state`. Errors: kNoSpace, kReadOnly, kIo, …; the file is then as it was.
Status WriteStateFile(FileSystem& fs, const std::string& directory, const StateFile& state);

// A path that the state file of `directory` holds, made usable.
struct NamedCheckpoint {
  std::string prefix;
  std::string note;  // what was corrected: "… is elsewhere; taken as run/model-9 beside the state
                     // file"; mostly empty
};
// Relative paths are joined to the directory. A path that is not there (a moved directory) and one
// that leaves the directory are looked for by their last name beside the state file; characters are
// literal. The checkpoint has an index, or is a V1 file or the pattern of V1 shards. Errors:
// kMissing; kPath (it lies outside of the directory and is not beside the state file either; a
// NUL); kIo.
Result<NamedCheckpoint> LocateNamed(FileSystem& fs, const std::string& directory,
                                    const std::string& path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_STATE_FILE_H_
