// Writes to stdout and stderr in a way that an interrupt can end.
#ifndef CAIRN_CLI_WRITE_ALL_H_
#define CAIRN_CLI_WRITE_ALL_H_

#include <string_view>

namespace cairn::cli {

// Writes all of `data` and returns 0, or errno of the write that failed. After an interrupt that
// CatchInterrupt caught, it returns ECANCELED when the descriptor takes nothing for half a second:
// a reader of a full pipe may never read on.
int WriteAllTo(int fd, std::string_view data);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_WRITE_ALL_H_
