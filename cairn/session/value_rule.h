// Whether a stored value can become that of a variable: the value rules of tensorpack.
#ifndef CAIRN_SESSION_VALUE_RULE_H_
#define CAIRN_SESSION_VALUE_RULE_H_

#include <cstdint>
#include <span>

#include "cairn/core/dtype.h"
#include "cairn/session/session.h"

namespace cairn {

enum class Fit : uint8_t { kSame, kCast, kReshaped, kWrongShape, kWrongDType };

// Whether a value of dtype `from` may be loaded into a variable of dtype `to`: the same; any float
// as any float that can be cast to; an integer where its range lies in that of the variable.
bool MayBeCast(DType from, DType to);

// Shapes are looked at first. Relaxed, the same number of elements is enough, and then dtypes are;
// otherwise both must be the same. A dimension that is not known takes any.
Fit FitOf(const Variable& variable, DType dtype, std::span<const int64_t> dims, bool relaxed);

// Returns the dims that the value has in the variable: those of the variable, or those of the value
// where some are not known.
std::vector<int64_t> DimsInVariable(const Variable& variable, std::span<const int64_t> dims);

}  // namespace cairn

#endif  // CAIRN_SESSION_VALUE_RULE_H_
