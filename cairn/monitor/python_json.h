// Numbers and strings as Python's json.dumps writes them, to the byte.
#ifndef CAIRN_MONITOR_PYTHON_JSON_H_
#define CAIRN_MONITOR_PYTHON_JSON_H_

#include <string>
#include <string_view>

namespace cairn {

// Returns the shortest text that reads back as `value`, as Python's repr lays it out: `0.1`, `4.0`,
// `1e-05`, `1e+16`. What JSON has no number for becomes a string, as in the JSON form of protobuf
// messages: `"NaN"`, `"Infinity"`, `"-Infinity"`. (Python writes those without the quotes.)
std::string PythonNumber(double value);

// Returns `text` in quotes, with everything but printable ASCII escaped. Text that is not UTF-8 is
// written as Escape shows it.
std::string PythonString(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_MONITOR_PYTHON_JSON_H_
