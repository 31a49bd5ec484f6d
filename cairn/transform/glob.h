// Globs as regular expressions; the grammar is in name_pattern.h.
#ifndef CAIRN_TRANSFORM_GLOB_H_
#define CAIRN_TRANSFORM_GLOB_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// A regular expression in RE2's syntax that matches whole names as the glob does. Bytes that mean
// nothing stay as they are, so that the result is UTF-8 exactly where `glob` is. Errors: kArgument.
Result<std::string> GlobToRegex(std::string_view glob);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_GLOB_H_
