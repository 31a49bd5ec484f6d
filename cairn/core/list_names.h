// Names in a message for people.
#ifndef CAIRN_CORE_LIST_NAMES_H_
#define CAIRN_CORE_LIST_NAMES_H_

#include <span>
#include <string>
#include <string_view>

namespace cairn {

// "name one of 'a', 'b', 'c' and 4 more".
std::string ListNames(std::string_view before, std::span<const std::string> names);

}  // namespace cairn

#endif  // CAIRN_CORE_LIST_NAMES_H_
