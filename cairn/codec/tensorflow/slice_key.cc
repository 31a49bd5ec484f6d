#include "cairn/codec/tensorflow/slice_key.h"

namespace cairn::tensorflow {

std::optional<std::string> NameOfSliceKey(std::string_view key) {
  if (!key.starts_with('\0')) return std::nullopt;
  std::string name;
  for (size_t i = 1; i < key.size(); ++i) {
    const char c = key[i];
    if (c != '\0' && c != '\xff') {
      name += c;
      continue;
    }
    if (++i == key.size()) return std::nullopt;
    if (c == '\0' && key[i] == '\x01') return name;
    if (key[i] != (c == '\0' ? '\xff' : '\0')) return std::nullopt;
    name += c;
  }
  return std::nullopt;
}

}  // namespace cairn::tensorflow
