// The numbers in the position of a data source: "size=600 seed=7 epoch=3 next=40".
#ifndef CAIRN_DATA_POSITION_TEXT_H_
#define CAIRN_DATA_POSITION_TEXT_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

CAIRN_EXPORT std::string FormatPosition(
    std::initializer_list<std::pair<std::string_view, uint64_t>> fields);

// Reads the values of the `keys`, which come in this order, into `values`, which has as many.
// Errors: kFormat (a key is not where it is expected, a value is not a number, anything follows);
// `values` are unspecified then.
CAIRN_EXPORT Status ParsePosition(std::string_view text, std::span<const std::string_view> keys,
                                  std::span<uint64_t> values);

// The same as a value.
template <size_t N>
Result<std::array<uint64_t, N>> ParsePosition(std::string_view text,
                                              const std::array<std::string_view, N>& keys) {
  std::array<uint64_t, N> values = {};
  CAIRN_RETURN_IF_ERROR(ParsePosition(text, std::span(keys), std::span(values)));
  return values;
}

}  // namespace cairn

#endif  // CAIRN_DATA_POSITION_TEXT_H_
