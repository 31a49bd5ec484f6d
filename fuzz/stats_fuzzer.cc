// Any text as stats.json, and as the state that Monitors keeps of it. What is written again must
// parse as the same.
#include "cairn/train/monitors_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto stats = cairn::StatsHistory::Parse(text); stats.ok()) {
    const std::string written = stats->Format();
    const auto again = cairn::StatsHistory::Parse(written);
    if (!again.ok() || again->Format() != written) __builtin_trap();
    stats->CutAfter(5);
  }
  if (const auto state = cairn::ParseMonitorsState(text); state.ok()) {
    const std::string written = cairn::FormatMonitorsState(*state);
    const auto again = cairn::ParseMonitorsState(written);
    if (!again.ok() || cairn::FormatMonitorsState(*again) != written) __builtin_trap();
  }
  return 0;
}
