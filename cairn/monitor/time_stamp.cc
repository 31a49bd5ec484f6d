#include "cairn/monitor/time_stamp.h"

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>

namespace cairn {
namespace {

std::string FormatLocalTime(double seconds, const char* format) {
  const auto time = static_cast<std::time_t>(std::floor(seconds));
  std::tm local = {};
  ::localtime_r(&time, &local);
  std::array<char, 32> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &local));
}

}  // namespace

double SecondsSince1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string NameStamp(double seconds) { return FormatLocalTime(seconds, "%m%d-%H%M%S"); }

std::string LineStamp(double seconds) { return FormatLocalTime(seconds, "%m%d %H:%M:%S"); }

}  // namespace cairn
