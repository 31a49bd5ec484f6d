// The names under which durable files are written before they get their own.
#ifndef CAIRN_IO_TEMPORARY_NAME_H_
#define CAIRN_IO_TEMPORARY_NAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

// "run/model-1.index" -> "run/model-1.index.cairn-tmp0"
std::string TemporaryName(std::string_view path, uint64_t number);
// "model-1.index.cairn-tmp0" -> "model-1.index"; nothing for any other name.
std::optional<std::string_view> FinalNameOf(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_IO_TEMPORARY_NAME_H_
