// What a process printed before it ended, for an error message.
#ifndef CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_
#define CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_

#include <string>
#include <string_view>

namespace cairn::tensorflow {

// Returns the last three lines of `printed` that are not empty, in one line, escaped.
std::string LastLines(std::string_view printed);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_
