// Asks an interpreter of Python where it would import a package from.
#ifndef CAIRN_ENGINES_TENSORFLOW_ASK_PYTHON_H_
#define CAIRN_ENGINES_TENSORFLOW_ASK_PYTHON_H_

#include <string>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Returns the directory of the package `tensorflow`; empty: `python` does not have it. Nothing is
// imported. Errors: kMissing (there is no such program), kEngine (it fails, or takes too long).
Result<std::string> AskPython(const std::string& python);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_ASK_PYTHON_H_
