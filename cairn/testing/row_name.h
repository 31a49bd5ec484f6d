// The words of a row of a table test, as the name of the test that GoogleTest and ctest show.
#ifndef CAIRN_TESTING_ROW_NAME_H_
#define CAIRN_TESTING_ROW_NAME_H_

#include <string>
#include <string_view>

namespace cairn {

// "A10 no restarts" -> "A10_no_restarts". Two rows must not have the same words.
inline std::string RowName(std::string_view words) {
  std::string name;
  for (char c : words) {
    const bool is_kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    name += is_kept ? c : '_';
  }
  return name;
}

}  // namespace cairn

#endif  // CAIRN_TESTING_ROW_NAME_H_
