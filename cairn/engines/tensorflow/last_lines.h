// Finds the last lines that a process printed before it ended, for an error message.
#ifndef CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_
#define CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_

#include <string>
#include <string_view>

namespace cairn::tensorflow {

// Returns the last three lines of `printed` in one line, escaped. Empty lines are left out, and so
// is what TensorFlow prints about functions that called each other, and before anything is wrong.
std::string LastLines(std::string_view printed);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_LAST_LINES_H_
