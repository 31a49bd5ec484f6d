// The variables of a graph: what its nodes, its collections and its saver tell of each.
#ifndef CAIRN_GRAPH_GRAPH_VARIABLES_H_
#define CAIRN_GRAPH_GRAPH_VARIABLES_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/graph/meta_graph.h"
#include "cairn/graph/variable_def.h"

namespace cairn {

// Names and texts are views of the graph.
struct GraphVariable {
  std::string_view name;  // of its node: "emb/part_0"; of a SavedModel's object: its own name
  std::string key;        // of its tensor in a checkpoint: "emb"
  std::optional<DType> dtype;
  std::optional<std::vector<int64_t>> dims;  // -1 = any size; nothing: not known
  std::optional<bool> trainable;             // nothing: the graph does not say
  std::string_view initializer;              // an op; may be empty
  std::vector<std::string_view> collections;
};

// Returns the variables that a collection names, in its order. Those of a list of names have the
// name alone; a collection of another kind has none. Errors: kProto.
Result<std::vector<VariableDef>> VariableDefsOf(const Collection& collection);

// Whether nodes of an op are variables: VariableV2, VarHandleOp and older ones.
bool IsVariableOp(std::string_view op);

// Returns the variables of the nodes and collections of a graph, by name. Keys are those of the
// saver, else the names of the whole where a variable is a part of one, else names. Errors: kProto.
Result<std::vector<GraphVariable>> FindVariables(const MetaGraph& graph);

// Returns the variables that the objects of a TF2 SavedModel have, in the order of the objects; the
// key is empty. Errors: those of ParseSavedObjectGraph.
Result<std::vector<GraphVariable>> FindObjectVariables(const MetaGraph& graph);

// Returns the names of the variables in a collection, which holds VariableDefs or, in old files,
// names of tensors; empty where there is none of this name. Errors: kProto.
Result<std::set<std::string_view>> VariablesInCollection(const MetaGraph& graph,
                                                         std::string_view collection);

}  // namespace cairn

#endif  // CAIRN_GRAPH_GRAPH_VARIABLES_H_
