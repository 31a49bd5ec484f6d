// Options whose value is a size: "512MiB".
#ifndef CAIRN_CLI_SIZE_OPTION_H_
#define CAIRN_CLI_SIZE_OPTION_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"
#include "cli/options.h"

namespace cairn::cli {

// --memory, the budget of buffers.
Option MemoryOption(std::string& text);

// Sets `target` to the size that the text of an option names; an empty one leaves it alone. Errors:
// kArgument.
Status SetSize(std::string_view option, const std::string& text, uint64_t& target);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_SIZE_OPTION_H_
