// Names of variables as TensorFlow and tensorpack write them.
#ifndef CAIRN_CORE_VARIABLE_NAMES_H_
#define CAIRN_CORE_VARIABLE_NAMES_H_

#include <string>
#include <string_view>

#include "cairn/core/bookkeeping.h"

namespace cairn {

// "w:0" -> "w"; "w" -> "w"; only a last ':' and one digit count ("w:10" stays), and something must
// stand before them (":0" stays).
std::string_view OpName(std::string_view name);
// "w" -> "w:0"; "w:0" -> "w:0"; "w:10" -> "w:10:0".
std::string TensorName(std::string_view name);

// The variable that an entry of a checkpoint holds: "w" and "w:0" are "w". "w:1" is another output
// of the same op, not the same variable, and stays.
std::string_view VariableOfEntry(std::string_view entry);

// Returns a variable's name in a checkpoint that was saved without the scope `prefix`: "net/w" with
// "net" or "net/" -> "w". Names outside the scope stay ("network/w", "net"), as do all without a
// prefix.
std::string_view WithoutPrefix(std::string_view name, std::string_view prefix);

// Whether the name looks like training state (optimizer slots, moving averages), by tensorpack's
// rules.
bool LooksLikeTrainingState(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_CORE_VARIABLE_NAMES_H_
