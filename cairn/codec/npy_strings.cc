#include "cairn/codec/npy_strings.h"

#include <algorithm>

namespace cairn {

Result<uint64_t> NpyWidth(const StringTensor& strings) {
  constexpr uint64_t kMostNbytes = uint64_t{1} << 30;
  uint64_t width = 1;
  for (size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].ends_with('\0'))
      return Status(Reason::kUnsupported,
                    "element " + std::to_string(i) + " ends in NUL, which numpy's |S would lose");
    width = std::max<uint64_t>(width, strings[i].size());
  }
  if (strings.size() <= kMostNbytes / width) return width;
  return Status(Reason::kUnsupported, std::to_string(strings.size()) + " elements of " +
                                          std::to_string(width) + " bytes, more than 1 GiB");
}

std::string EncodeNpyStrings(const StringTensor& strings, uint64_t width) {
  std::string bytes;
  bytes.reserve(strings.size() * width);
  for (size_t i = 0; i < strings.size(); ++i)
    bytes.append(strings[i]).append(width - strings[i].size(), '\0');
  return bytes;
}

}  // namespace cairn
