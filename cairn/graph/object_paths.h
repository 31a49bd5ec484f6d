// Short, readable names for the tensors of a TF2 object checkpoint.
//
// A variable's key is one of the ways to it, as TensorFlow happened to find it first, and ends in
// "/.ATTRIBUTES/VARIABLE_VALUE": "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE". Its
// short path is the shortest of all ways from the root that do not lead through an optimizer's list
// of variables, in the order of the graph where two are as short: "model/layer-0/kernel". A slot
// variable stands beside the variable that it is for: "model/layer-0/kernel/momentum"; so does what
// an optimizer of Keras 3 keeps in lists ("_momentums") in the order of its variables. An attribute
// other than the value of a variable has its name at the end. Where there is no such way, it is
// deeper than 64 objects, or two tensors would share a path, the key without its ending is the
// path.
#ifndef CAIRN_GRAPH_OBJECT_PATHS_H_
#define CAIRN_GRAPH_OBJECT_PATHS_H_

#include <map>
#include <string>

#include "cairn/graph/object_graph.h"
#include "cairn/graph/object_names.h"

namespace cairn {

// Key -> short path, for every tensor that the graph knows. Unique.
std::map<std::string, std::string> ShortPaths(const ObjectGraph& graph);

// The short paths and full names of every tensor that the graph knows.
ObjectNames NamesOfObjects(const ObjectGraph& graph);

// Key -> name of the slot ("momentum"), for every tensor that an optimizer keeps for a variable.
std::map<std::string, std::string> SlotNames(const ObjectGraph& graph);

}  // namespace cairn

#endif  // CAIRN_GRAPH_OBJECT_PATHS_H_
