#include "cairn/source/swapped_source.h"

#include "cairn/source/converted_source.h"

namespace cairn {
namespace {

template <typename Unit>
Status ReverseUnits(Bytes stored, std::byte* to) {
  for (size_t i = 0; i < stored.size(); i += sizeof(Unit)) {
    auto unit = LoadLittleEndian<Unit>(stored.data() + i);
    if constexpr (sizeof(Unit) == 2) unit = __builtin_bswap16(unit);
    if constexpr (sizeof(Unit) == 4) unit = __builtin_bswap32(unit);
    if constexpr (sizeof(Unit) == 8) unit = __builtin_bswap64(unit);
    StoreLittleEndian(to + i, unit);
  }
  return {};
}

UnitConversion ReversingUnitsOf(size_t nbytes) {
  switch (nbytes) {
    case 2:
      return {2, 2, [] { return ReverseUnits<uint16_t>; }};
    case 4:
      return {4, 4, [] { return ReverseUnits<uint32_t>; }};
    default:
      return {8, 8, [] { return ReverseUnits<uint64_t>; }};
  }
}

}  // namespace

std::shared_ptr<const TensorSource> SwapBytes(std::shared_ptr<const TensorSource> stored) {
  const DType dtype = stored->dtype();
  const size_t unit_nbytes = InfoOf(dtype).swap_nbytes;
  if (unit_nbytes == 1) return stored;
  Shape shape = stored->shape();
  return ConvertUnits(std::move(stored), dtype, std::move(shape), ReversingUnitsOf(unit_nbytes));
}

}  // namespace cairn
