// Finds the TensorFlow that is installed.
#ifndef CAIRN_ENGINES_TENSORFLOW_FIND_TENSORFLOW_H_
#define CAIRN_ENGINES_TENSORFLOW_FIND_TENSORFLOW_H_

#include <string>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

inline constexpr const char* kLibraryName = "libtensorflow_cc.so.2";
inline constexpr const char* kFrameworkName = "libtensorflow_framework.so.2";

// Returns the directory that holds kLibraryName: `directory`; where that is empty, the value of the
// environment variable CAIRN_TENSORFLOW; where that is not set, what the interpreter of the active
// virtual environment would import, or else `python3`. Errors: kMissing (there is none), kVersion
// (it is older than 2.12), kEngine (the interpreter fails).
Result<std::string> FindTensorFlow(const std::string& directory);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_FIND_TENSORFLOW_H_
