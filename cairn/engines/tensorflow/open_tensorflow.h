// Opens TensorFlow's library in this process.
#ifndef CAIRN_ENGINES_TENSORFLOW_OPEN_TENSORFLOW_H_
#define CAIRN_ENGINES_TENSORFLOW_OPEN_TENSORFLOW_H_

#include <memory>
#include <string>

#include "cairn/core/status.h"
#include "cairn/engines/tensorflow/c_api.h"

namespace cairn::tensorflow {

// Says what becomes of the lines that the library prints on standard error while it is opened.
enum class LoadMessages : uint8_t { kHide, kShow };

// Returns the functions of the library in `directory`; the library stays in the process for ever.
// Sets the environment variable TF_CPP_MIN_LOG_LEVEL, unless it is set, so that TensorFlow prints
// no warnings. Errors: kVersion (older than 2.12), kUnsupported (the process has another TensorFlow
// already, or it has what TensorFlow cannot be beside: see load_mode.h), kEngine (the library is
// broken).
Result<std::shared_ptr<const CApi>> OpenTensorFlow(const std::string& directory,
                                                   LoadMessages messages);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_OPEN_TENSORFLOW_H_
