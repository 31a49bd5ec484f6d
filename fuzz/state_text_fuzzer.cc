// Any text as a state file, and as a run state. What is parsed and written again must parse as the
// same.
#include "cairn/state/run_state.h"
#include "cairn/state/state_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto state = cairn::ParseStateFile(text); state.ok()) {
    const std::string written = cairn::FormatStateFile(*state);
    const auto again = cairn::ParseStateFile(written);
    if (!again.ok() || cairn::FormatStateFile(*again) != written) __builtin_trap();
  }
  (void)cairn::ParseRunState(text);
  return 0;
}
