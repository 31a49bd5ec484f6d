// The variables of a graph as those of a session.
#ifndef CAIRN_ENGINES_TENSORFLOW_SESSION_VARIABLES_H_
#define CAIRN_ENGINES_TENSORFLOW_SESSION_VARIABLES_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/graph/meta_graph.h"
#include "cairn/graph/object_graph.h"
#include "cairn/session/session.h"

namespace cairn::tensorflow {

// A variable, and the ops that hold it.
struct SessionVariable {
  Variable variable;
  // The names of the ops. A SavedModel can have several for one of its objects, which TensorFlow
  // keeps apart: each is assigned, the first is read.
  std::vector<std::string> ops;
  bool is_ref = false;      // a variable of TensorFlow 1 that is no resource, such as VariableV2
  std::string initializer;  // the op that gives it its first value; may be empty

  // Whether every value has the same shape.
  bool has_static_shape() const;
};

// Returns the variables of a graph.
//
// Those of TensorFlow 1 have the names of their ops, and the order of the collections `variables`
// and `local_variables`; variable ops that neither names follow. Those of a TF2 SavedModel have the
// names of their tensors in a checkpoint of the same objects, and the order of the objects;
// `checkpoint` is the object graph in the variables' own checkpoint, where there is one; ops that
// neither a function captures nor the saver restores are left out. Variables of dtype resource or
// variant are left out of both, as are those that a collection names and the graph does not have.
//
// Errors: kGraph (a variable without a dtype; ops of one object that differ in kind), kProto, those
// of ParseSavedObjectGraph and FindCapturedVariables.
Result<std::vector<SessionVariable>> FindSessionVariables(
    const MetaGraph& graph, const std::optional<ObjectGraph>& checkpoint);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SESSION_VARIABLES_H_
