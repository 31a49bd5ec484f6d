// The `checkpoint` file of a directory: CheckpointState in protobuf text form, as TensorFlow reads
// and writes it.
//
//   model_checkpoint_path: "model-20"                 the newest
//   all_model_checkpoint_paths: "model-10"            oldest first, the newest last
//   all_model_checkpoint_timestamps: 1700000000.5     as many as paths, or none
//   last_preserved_timestamp: 1700000000.0
//
// Strings have C escapes. Paths are relative to the directory of the file, or absolute.
#ifndef CAIRN_STATE_STATE_FILE_TEXT_H_
#define CAIRN_STATE_STATE_FILE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

inline constexpr uint64_t kMaxStateFileNbytes = uint64_t{16} << 20;

struct StateFile {
  std::string latest;              // model_checkpoint_path; "" = none
  std::vector<std::string> all;    // all_model_checkpoint_paths, as written
  std::vector<double> timestamps;  // as many as `all`, or none
  std::optional<double> last_preserved_timestamp;
};

// Unknown fields are passed over; time stamps that are not as many as paths are dropped. Errors:
// kFormat (with the line), kLimit (over kMaxStateFileNbytes), kDuplicate (two newest).
CAIRN_EXPORT Result<StateFile> ParseStateFile(std::string_view text);
// Byte for byte as TensorFlow writes it. (Earlier versions wrote UTF-8 as octal escapes; all read
// both.)
CAIRN_EXPORT std::string FormatStateFile(const StateFile& state);

}  // namespace cairn

#endif  // CAIRN_STATE_STATE_FILE_TEXT_H_
