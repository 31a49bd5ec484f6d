#include "cli/print/natural_order.h"

#include <algorithm>

namespace cairn::cli {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the number at the front of `text`, without its leading zeros.
std::string_view TakeNumber(std::string_view& text) {
  const auto length = std::ranges::find_if_not(text, IsDigit) - text.begin();
  std::string_view number = text.substr(0, static_cast<size_t>(length));
  text.remove_prefix(number.size());
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

}  // namespace

bool NaturalLess(std::string_view a, std::string_view b) {
  std::string_view x = a, y = b;
  while (!x.empty() && !y.empty()) {
    if (IsDigit(x.front()) && IsDigit(y.front())) {
      const std::string_view m = TakeNumber(x), n = TakeNumber(y);
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
      continue;
    }
    if (x.front() != y.front())
      return static_cast<unsigned char>(x.front()) < static_cast<unsigned char>(y.front());
    x.remove_prefix(1);
    y.remove_prefix(1);
  }
  if (x.empty() != y.empty()) return x.empty();
  return a < b;
}

}  // namespace cairn::cli
