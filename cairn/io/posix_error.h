// Makes a Status of errno.
#ifndef CAIRN_IO_POSIX_ERROR_H_
#define CAIRN_IO_POSIX_ERROR_H_

#include <cerrno>
#include <string>

#include "cairn/core/status.h"

namespace cairn::posix {

// Repeats a call that a signal interrupted. Not for close: see posix_file.cc.
template <typename Call>
auto Retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

// "path: call: No such file or directory". The path is escaped: the message is one line whatever
// the path holds. `error` is the errno of `call`.
Status Error(int error, const std::string& path, const char* call);

// The same for calls that only read: permission that is missing is kIo there, since kReadOnly is
// about writing.
Status ReadError(int error, const std::string& path, const char* call);

// A zero byte would end the path early and name another file. Errors: kPath.
Status CheckPath(const std::string& path);

}  // namespace cairn::posix

#endif  // CAIRN_IO_POSIX_ERROR_H_
