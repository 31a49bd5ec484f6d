// Text files that options name.
#ifndef CAIRN_CLI_TEXT_FILE_H_
#define CAIRN_CLI_TEXT_FILE_H_

#include <string>
#include <vector>

#include "cairn/core/status.h"

namespace cairn::cli {

// The whole text. Errors: those of opening and reading the file.
Result<std::string> ReadText(const std::string& path);
// The lines, without "\r" at their ends.
Result<std::vector<std::string>> ReadLines(const std::string& path);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TEXT_FILE_H_
