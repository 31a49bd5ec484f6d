#include "python/src/views.h"

namespace cairn::python {

std::optional<Memory> FindView(const TensorSource& source) {
  std::optional<Extent> extent = source.extent();
  if (!extent || extent->nbytes == 0) return std::nullopt;
  const Bytes mapped = extent->file->mapped();
  if (mapped.size() < extent->nbytes || extent->offset > mapped.size() - extent->nbytes)
    return std::nullopt;
  const Bytes bytes = mapped.subspan(extent->offset, extent->nbytes);
  const size_t alignment = InfoOf(source.dtype()).swap_nbytes;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignment != 0) return std::nullopt;
  return ReadOnlyMemory(std::move(extent->file), bytes);
}

bool NeedsCheck(const Tensors& tensors, size_t i, const TensorSource& source) {
  return !tensors.is_verified(i) && source.extent()->checksum.has_value();
}

}  // namespace cairn::python
