// Text between separators.
#ifndef CAIRN_CORE_SPLIT_H_
#define CAIRN_CORE_SPLIT_H_

#include <string_view>
#include <vector>

namespace cairn {

// "a,,b" -> "a", "", "b"; "" -> "". One more than there are separators.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace cairn

#endif  // CAIRN_CORE_SPLIT_H_
