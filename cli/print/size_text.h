// Numbers of bytes and of things, as people read them.
#ifndef CAIRN_CLI_PRINT_SIZE_TEXT_H_
#define CAIRN_CLI_PRINT_SIZE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::cli {

// Binary units with one decimal: "1.5 GiB"; below 1024 "40 B".
std::string BinarySize(uint64_t nbytes);

enum class SizeStyle : uint8_t { kBinary, kExact };
// "1.5 GiB", or "1610612736".
std::string SizeText(uint64_t nbytes, SizeStyle style);

// "1,234,567"
std::string WithSeparators(uint64_t number);
// "1 tensor", "1,234 tensors"
std::string Count(uint64_t number, std::string_view noun);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_SIZE_TEXT_H_
