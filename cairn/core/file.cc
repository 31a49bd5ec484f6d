#include "cairn/core/file.h"

#include <algorithm>

#include "cairn/core/checked_math.h"

namespace cairn {

Status MemoryFile::ReadAt(uint64_t offset, MutableBytes out) const {
  if (!RangeFits(offset, out.size(), bytes_.size())) {
    return PastTheEnd(offset, out.size(), bytes_.size()).AtPath(path_);
  }
  CopyBytes(bytes_.subspan(offset, out.size()), out.data());
  return {};
}

Result<std::optional<Bytes>> FindMapped(const RandomAccessFile& file, uint64_t offset,
                                        uint64_t nbytes) {
  const Bytes mapped = file.mapped();
  if (mapped.empty()) return std::optional<Bytes>();
  if (!RangeFits(offset, nbytes, mapped.size()))
    return PastTheEnd(offset, nbytes, mapped.size()).AtPath(file.path());
  return std::optional<Bytes>(mapped.subspan(offset, nbytes));
}

Result<Bytes> ReadRange(const RandomAccessFile& file, uint64_t offset, MutableBytes room) {
  return ReadRange(file, offset, room.size(),
                   [&](uint64_t /*nbytes*/) -> Result<MutableBytes> { return room; });
}

Result<Bytes> ReadRange(const RandomAccessFile& file, uint64_t offset, uint64_t nbytes,
                        std::vector<std::byte>& buffer) {
  return ReadRange(file, offset, nbytes, [&](uint64_t wanted) -> Result<MutableBytes> {
    buffer.resize(wanted);
    return MutableBytes(buffer);
  });
}

Status PastTheEnd(uint64_t offset, uint64_t nbytes, uint64_t size) {
  return Status(
             Reason::kTruncated,
             std::to_string(nbytes) + " bytes end past the file, which has " + std::to_string(size))
      .AtOffset(offset);
}

}  // namespace cairn
