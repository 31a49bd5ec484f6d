// The ConfigProto that sessions are made with.
#ifndef CAIRN_ENGINES_TENSORFLOW_SESSION_CONFIG_H_
#define CAIRN_ENGINES_TENSORFLOW_SESSION_CONFIG_H_

#include <string>

#include "cairn/engines/tensorflow/tensorflow_options.h"

namespace cairn::tensorflow {

// Returns the message: the threads of `options`, no GPU, and ops go to a device that exists where
// the graph names another.
std::string SessionConfig(const TensorFlowOptions& options);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SESSION_CONFIG_H_
