// Finds the ops of a graph that a TensorFlow does not have.
//
// TensorFlow itself names the first one alone when it imports a graph, and none that is in the body
// of a function: then every run fails.
#ifndef CAIRN_ENGINES_TENSORFLOW_OP_CHECK_H_
#define CAIRN_ENGINES_TENSORFLOW_OP_CHECK_H_

#include <span>
#include <string>
#include <string_view>

#include "cairn/graph/meta_graph.h"

namespace cairn::tensorflow {

// `known_ops` are those of the TensorFlow whose version is named. Errors: kUnsupported (the message
// has every op that is not known, with the first node that uses it), kProto, kLimit.
Status CheckOps(const MetaGraph& graph, std::span<const std::string> known_ops,
                std::string_view version);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_OP_CHECK_H_
