// The moving averages of weights that an optimizer of TF2 keeps.
#ifndef CAIRN_GRAPH_MOVING_AVERAGES_H_
#define CAIRN_GRAPH_MOVING_AVERAGES_H_

#include <map>
#include <string>

#include "cairn/graph/object_graph.h"

namespace cairn {

// Returns the key of each variable that has a moving average, with the key of the average. It is a
// slot named "average", or what an optimizer of Keras keeps with `use_ema`.
std::map<std::string, std::string, std::less<>> AveragesOf(const ObjectGraph& graph);

}  // namespace cairn

#endif  // CAIRN_GRAPH_MOVING_AVERAGES_H_
