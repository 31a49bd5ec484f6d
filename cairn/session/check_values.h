// Checks the variables and values that a session is given: for those who write one.
#ifndef CAIRN_SESSION_CHECK_VALUES_H_
#define CAIRN_SESSION_CHECK_VALUES_H_

#include <span>

#include "cairn/core/export.h"
#include "cairn/session/session.h"

namespace cairn {

// Whether a value of these dims fits a variable: a dimension that is not known takes any.
CAIRN_EXPORT bool CanHave(const Variable& variable, std::span<const int64_t> dims);

// Whether each is a variable, and none is named twice. Errors: kArgument.
CAIRN_EXPORT Status CheckVariableIds(std::span<const VariableId> ids,
                                     std::span<const Variable> variables);

// Whether the variables are such, and can have values of these dims. Errors: kArgument.
CAIRN_EXPORT Status CheckNewValues(std::span<const NewValue> values,
                                   std::span<const Variable> variables);

}  // namespace cairn

#endif  // CAIRN_SESSION_CHECK_VALUES_H_
