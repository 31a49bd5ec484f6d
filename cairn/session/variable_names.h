// Names of variables as TensorFlow and tensorpack write them.
#ifndef CAIRN_SESSION_VARIABLE_NAMES_H_
#define CAIRN_SESSION_VARIABLE_NAMES_H_

#include <string>
#include <string_view>

namespace cairn {

// "w:0" -> "w"; "w" -> "w"; only a last ':' and one digit count ("w:10" stays).
std::string_view OpName(std::string_view name);
// "w" -> "w:0"; "w:0" -> "w:0"; "w:10" -> "w:10:0".
std::string TensorName(std::string_view name);

// Whether the name looks like training state (optimizer slots, moving averages), by tensorpack's
// rules. Used in warnings only.
bool LooksLikeTrainingState(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_SESSION_VARIABLE_NAMES_H_
