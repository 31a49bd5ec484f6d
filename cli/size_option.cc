#include "cli/size_option.h"

#include "cairn/core/escape.h"
#include "cairn/core/parse_size.h"
#include "cli/print/size_text.h"

namespace cairn::cli {

Option MemoryOption(std::string& text) {
  return {.names = "--memory",
          .target = &text,
          .help = "the budget of buffers (64MiB)",
          .value = "SIZE"};
}

Status SetSize(std::string_view option, const std::string& text, uint64_t& target) {
  if (text.empty()) return {};
  const auto nbytes = ParseSize(text);
  if (!nbytes || *nbytes == 0)
    return Status(Reason::kArgument, std::string(option) + ": " + Quoted(text) + " is not a size")
        .WithHint("write it as 512MiB, 5GB or in bytes");
  target = *nbytes;
  return {};
}

}  // namespace cairn::cli
