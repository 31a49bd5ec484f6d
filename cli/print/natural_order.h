// The order in which people expect names that hold numbers.
#ifndef CAIRN_CLI_PRINT_NATURAL_ORDER_H_
#define CAIRN_CLI_PRINT_NATURAL_ORDER_H_

#include <string_view>

namespace cairn::cli {

// Whether `a` comes before `b`: digits are compared as numbers of any length ("layer_2" before
// "layer_10"), everything else by its bytes. Two names that differ only in leading zeros are in the
// order of their bytes.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_NATURAL_ORDER_H_
