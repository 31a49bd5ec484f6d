// Names the files that are known and not read, and what to do about each.
#ifndef CAIRN_CHECKPOINT_UNREAD_FORMATS_H_
#define CAIRN_CHECKPOINT_UNREAD_FORMATS_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/io/file_system.h"

namespace cairn {

// A kind of file that Cairn knows by its content and does not read.
struct UnreadFormat {
  std::string_view is;    // "is a Keras file, which is not supported"
  std::string_view hint;  // what to do: "Load it with Keras, …"
};

inline constexpr std::string_view kIsEmpty = "is empty, not a checkpoint";
// An SSTable: the container of V1 checkpoints and of the index of V2.
inline constexpr std::string_view kIsTable = "is an SSTable that is not a checkpoint";

// Returns the kind of the file at `path`, or nothing if its content is not known. Errors: kMissing,
// kFileType, kIo.
Result<std::optional<UnreadFormat>> FindUnreadFormat(FileSystem& fs, const std::string& path);

// Whether files of such a format are named like this: ".keras", ".h5".
bool HasUnreadExtension(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_UNREAD_FORMATS_H_
