#include "cairn/core/unprotected.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn {

bool LacksChecksum(const TensorDict& dict, size_t i) {
  if (const auto stored = dict.stored_at(i)) return !stored->checksum;
  return std::ranges::any_of(dict.stored_slices(i),
                             [](const StoredSlice& slice) { return !slice.at.checksum; });
}

Status HasNoChecksum(const TensorDict& dict, size_t i) {
  const auto stored = dict.stored_at(i);
  return Status(Reason::kNoChecksum, "has no checksum: nothing proves its bytes")
      .AtPath(stored ? stored->path : "")
      .InTensor(dict.name(i));
}

Status CheckAllHaveChecksums(const TensorDict& dict) {
  constexpr uint64_t kMaxNamed = 5;
  uint64_t count = 0;
  std::string named;
  for (size_t i = 0; i < dict.size(); ++i) {
    if (!LacksChecksum(dict, i) || ++count > kMaxNamed) continue;
    named += (named.empty() ? "" : ", ") + Quoted(dict.name(i));
  }
  if (count == 0) return {};
  if (count > kMaxNamed) named += " and " + std::to_string(count - kMaxNamed) + " more";
  return Status(Reason::kNoChecksum, std::to_string(count) +
                                         (count == 1 ? " tensor has" : " tensors have") +
                                         " no checksum: " + named);
}

}  // namespace cairn
