#include "cairn/core/file.h"

#include <algorithm>

#include "cairn/core/checked_math.h"

namespace cairn {

Status MemoryFile::ReadAt(uint64_t offset, MutableBytes out) const {
  if (!RangeFits(offset, out.size(), bytes_.size())) {
    return PastTheEnd(offset, out.size(), bytes_.size()).AtPath(path_);
  }
  std::ranges::copy(bytes_.subspan(offset, out.size()), out.begin());
  return {};
}

Status PastTheEnd(uint64_t offset, uint64_t nbytes, uint64_t size) {
  return Status(
             Reason::kTruncated,
             std::to_string(nbytes) + " bytes end past the file, which has " + std::to_string(size))
      .AtOffset(offset);
}

}  // namespace cairn
