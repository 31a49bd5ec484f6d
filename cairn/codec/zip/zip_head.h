// Tells a zip archive by its first bytes.
#ifndef CAIRN_CODEC_ZIP_ZIP_HEAD_H_
#define CAIRN_CODEC_ZIP_ZIP_HEAD_H_

#include <optional>
#include <string_view>

namespace cairn {

// Returns the name of the first member of the archive that begins with `head`, as far as it is in
// there; "" if the archive has no members; nothing if it is not an archive.
std::optional<std::string_view> FirstZipMember(std::string_view head);

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_ZIP_HEAD_H_
