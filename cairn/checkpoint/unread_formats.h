// Names the formats that are known and not read.
#ifndef CAIRN_CHECKPOINT_UNREAD_FORMATS_H_
#define CAIRN_CHECKPOINT_UNREAD_FORMATS_H_

#include <string>
#include <string_view>

#include "cairn/io/file_system.h"

namespace cairn {

// An SSTable: the container of V1 checkpoints and of the index of V2.
inline constexpr std::string_view kTable = "an SSTable that is not a checkpoint";

// Names the format of a file that Cairn knows and does not read, by its content: "a Keras file". It
// is "" if the content is not known. Errors: kMissing, kFileType, kIo.
Result<std::string_view> NameUnreadFormat(FileSystem& fs, const std::string& path);

// Whether files of such a format are named like this: ".keras", ".h5".
bool HasUnreadExtension(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_UNREAD_FORMATS_H_
