// Times as the names of files and the lines of a log show them: local time without a year.
#ifndef CAIRN_MONITOR_TIME_STAMP_H_
#define CAIRN_MONITOR_TIME_STAMP_H_

#include <string>

namespace cairn {

// Returns the machine's clock: seconds since 1970.
double SecondsSince1970();

// "0131-120000", of seconds since 1970.
std::string NameStamp(double seconds);
// "0131 12:00:00"
std::string LineStamp(double seconds);

}  // namespace cairn

#endif  // CAIRN_MONITOR_TIME_STAMP_H_
