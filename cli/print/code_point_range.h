// Tables of code points that share a property.
#ifndef CAIRN_CLI_PRINT_CODE_POINT_RANGE_H_
#define CAIRN_CLI_PRINT_CODE_POINT_RANGE_H_

#include <algorithm>
#include <cstdint>
#include <span>

namespace cairn::cli {

struct CodePointRange {
  uint32_t first;
  uint32_t last;
};

// Whether a table, whose ranges are in order, has `code`.
inline bool IsIn(std::span<const CodePointRange> table, uint32_t code) {
  const auto found = std::ranges::lower_bound(table, code, {}, &CodePointRange::last);
  return found != table.end() && found->first <= code;
}

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_CODE_POINT_RANGE_H_
