// Arithmetic on sizes that come from files. The names show that it can fail.
#ifndef CAIRN_CORE_CHECKED_MATH_H_
#define CAIRN_CORE_CHECKED_MATH_H_

#include <cstdint>
#include <optional>

namespace cairn {

// a + b, or nothing when the sum does not fit.
constexpr std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

// a * b, or nothing when the product does not fit.
constexpr std::optional<uint64_t> CheckedMul(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Does [offset, offset + nbytes) lie inside [0, size)? Never overflows.
constexpr bool RangeFits(uint64_t offset, uint64_t nbytes, uint64_t size) {
  return offset <= size && nbytes <= size - offset;
}

}  // namespace cairn

#endif  // CAIRN_CORE_CHECKED_MATH_H_
