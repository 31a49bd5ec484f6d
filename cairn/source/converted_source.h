// A tensor whose value is made of stored bytes, unit by unit.
#ifndef CAIRN_SOURCE_CONVERTED_SOURCE_H_
#define CAIRN_SOURCE_CONVERTED_SOURCE_H_

#include <functional>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Converts whole units, in their order; `to` has room for what they become. Used by one thread.
// Errors end the stream.
using UnitConverter = std::function<Status(Bytes stored, std::byte* to)>;

// A few stored bytes become a few bytes of the value, whatever stands around them.
struct UnitConversion {
  size_t stored_nbytes;  // of a unit; 16 at most, as below
  size_t value_nbytes;
  // Makes the converter of one reading. Called from any thread.
  std::function<UnitConverter()> begin;
};

// Returns a source of this dtype and shape, which need as many units as `stored` has. Checksums are
// those of the stored bytes; access is random if that of `stored` is. It has no extent.
std::shared_ptr<const TensorSource> ConvertUnits(std::shared_ptr<const TensorSource> stored,
                                                 DType dtype, Shape shape,
                                                 const UnitConversion& conversion);

}  // namespace cairn

#endif  // CAIRN_SOURCE_CONVERTED_SOURCE_H_
