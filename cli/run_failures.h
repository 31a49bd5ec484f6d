// What went wrong in a run, as its log tells.
#ifndef CAIRN_CLI_RUN_FAILURES_H_
#define CAIRN_CLI_RUN_FAILURES_H_

#include <string>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn::cli {

// The last lines of the log of a run that are warnings or errors, the oldest first: at most
// `max_lines` of the end of the file. Each is one line for people: colours are left out, control
// characters escaped, and a very long line is cut. Empty where there is no log. Errors: kFileType,
// kIo.
Result<std::vector<std::string>> ReadFailures(FileSystem& fs, const std::string& directory,
                                              size_t max_lines);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_FAILURES_H_
