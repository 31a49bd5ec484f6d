// Numbers as the log of a run shows them.
#ifndef CAIRN_MONITOR_FIVE_DIGITS_H_
#define CAIRN_MONITOR_FIVE_DIGITS_H_

#include <string>

namespace cairn {

// Five digits, as Python's '{:.5g}'; "nan" without a sign.
std::string FiveDigits(double value);

}  // namespace cairn

#endif  // CAIRN_MONITOR_FIVE_DIGITS_H_
