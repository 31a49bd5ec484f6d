// Spans of time, as people read them.
#ifndef CAIRN_CLI_PRINT_CLOCK_TEXT_H_
#define CAIRN_CLI_PRINT_CLOCK_TEXT_H_

#include <cstdint>
#include <string>

namespace cairn::cli {

// "0:07", "12:34", "1:02:03".
std::string ClockText(uint64_t seconds);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_CLOCK_TEXT_H_
