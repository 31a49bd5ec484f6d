// Sizes in bytes as people write them.
#ifndef CAIRN_CORE_PARSE_SIZE_H_
#define CAIRN_CORE_PARSE_SIZE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace cairn {

// Returns the bytes of "1024", "64 KiB", "1.5GiB", "5GB": binary units with an i, decimal ones
// without, any case. Returns nothing for other texts.
std::optional<uint64_t> ParseSize(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_CORE_PARSE_SIZE_H_
