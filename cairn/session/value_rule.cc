#include "cairn/session/value_rule.h"

#include <algorithm>

#include "cairn/core/shape.h"
#include "cairn/session/check_values.h"
#include "cairn/source/cast_elements.h"

namespace cairn {
namespace {

// The number of bits that the values of an integer dtype need, without the sign.
constexpr int NumValueBits(DType dtype) {
  switch (dtype) {
    case DType::kInt2:
    case DType::kUInt2:
      return KindOf(dtype) == DTypeKind::kSigned ? 1 : 2;
    case DType::kInt4:
    case DType::kUInt4:
      return KindOf(dtype) == DTypeKind::kSigned ? 3 : 4;
    default: {
      const int num_bits = 8 * static_cast<int>(ElementNbytes(dtype));
      return KindOf(dtype) == DTypeKind::kSigned ? num_bits - 1 : num_bits;
    }
  }
}

constexpr bool IsQuantized(DType dtype) {
  return dtype == DType::kQInt8 || dtype == DType::kQUInt8 || dtype == DType::kQInt32 ||
         dtype == DType::kQInt16 || dtype == DType::kQUInt16;
}

constexpr bool IsInteger(DType dtype) {
  const DTypeKind kind = KindOf(dtype);
  return (kind == DTypeKind::kSigned || kind == DTypeKind::kUnsigned) && !IsQuantized(dtype);
}

bool IsRangeWithin(DType from, DType to) {
  if (!IsInteger(from) || !IsInteger(to)) return false;
  const bool loses_sign = KindOf(from) == DTypeKind::kSigned && KindOf(to) == DTypeKind::kUnsigned;
  return !loses_sign && NumValueBits(from) <= NumValueBits(to);
}

bool HaveSameCount(const Variable& variable, std::span<const int64_t> dims) {
  const Result<uint64_t> wanted = NumElements(variable.dims);  // an error where one is -1
  const Result<uint64_t> count = NumElements(dims);
  return wanted.ok() && count.ok() && *wanted == *count;
}

}  // namespace

bool MayBeCast(DType from, DType to) {
  if (from == to) return true;
  const bool are_floats = KindOf(from) == DTypeKind::kFloat && KindOf(to) == DTypeKind::kFloat;
  return (are_floats && CanCast(from, to)) || IsRangeWithin(from, to);
}

Fit FitOf(const Variable& variable, DType dtype, std::span<const int64_t> dims, bool relaxed) {
  const bool is_same_shape = CanHave(variable, dims);
  const bool is_same_dtype = variable.dtype == dtype;
  if (!is_same_shape && !(relaxed && HaveSameCount(variable, dims))) return Fit::kWrongShape;
  if (!is_same_dtype && !(relaxed && MayBeCast(dtype, variable.dtype))) return Fit::kWrongDType;
  if (!is_same_dtype) return Fit::kCast;
  return is_same_shape ? Fit::kSame : Fit::kReshaped;
}

std::vector<int64_t> DimsInVariable(const Variable& variable, std::span<const int64_t> dims) {
  const bool is_known = variable.has_known_rank && std::ranges::count(variable.dims, -1) == 0;
  return is_known ? variable.dims : std::vector<int64_t>(dims.begin(), dims.end());
}

}  // namespace cairn
