// Tries out an opened TensorFlow.
#ifndef CAIRN_ENGINES_TENSORFLOW_SELF_CHECK_H_
#define CAIRN_ENGINES_TENSORFLOW_SELF_CHECK_H_

#include <memory>
#include <string>

#include "cairn/engines/tensorflow/c_api.h"

namespace cairn::tensorflow {

// Runs a graph of one constant, in a session with the ConfigProto `config`. Errors: kEngine (it
// does not run, or has another value).
Status RunSelfCheck(const std::shared_ptr<const CApi>& api, const std::string& config);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SELF_CHECK_H_
