#include "cli/print/clock_text.h"

namespace cairn::cli {

std::string ClockText(uint64_t seconds) {
  const auto two = [](uint64_t number) {
    return (number < 10 ? ":0" : ":") + std::to_string(number);
  };
  const uint64_t minutes = seconds / 60;
  if (minutes < 60) return std::to_string(minutes) + two(seconds % 60);
  return std::to_string(minutes / 60) + two(minutes % 60) + two(seconds % 60);
}

}  // namespace cairn::cli
