#include "cairn/core/list_names.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr size_t kMaxListedNames = 5;

}  // namespace

std::string ListNames(std::string_view before, std::span<const std::string> names) {
  std::string text(before);
  for (size_t i = 0; i < std::min(names.size(), kMaxListedNames); ++i)
    text += (i == 0 ? " " : ", ") + Quoted(names[i]);
  if (names.size() > kMaxListedNames)
    text += " and " + std::to_string(names.size() - kMaxListedNames) + " more";
  return text;
}

}  // namespace cairn
