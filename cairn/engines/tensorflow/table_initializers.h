// Finds what gives the tables of a graph their content. In TensorFlow they belong to a session, as
// variables do, and no checkpoint has them by rule.
#ifndef CAIRN_ENGINES_TENSORFLOW_TABLE_INITIALIZERS_H_
#define CAIRN_ENGINES_TENSORFLOW_TABLE_INITIALIZERS_H_

#include <string>
#include <utility>
#include <vector>

#include "cairn/graph/graph_file.h"

namespace cairn::tensorflow {

// Returns the ops to run: of a TF2 SavedModel what its signature `__saved_model_init_op` or its
// collection `saved_model_main_op` names; of other graphs the collection `table_initializer`, since
// the main op of a SavedModel of TensorFlow 1 may give first values to variables that have a value.
std::vector<std::string> FindTableInitializers(const MetaGraph& graph);

// The path of a file that a SavedModel brings along, for the output that wants to know it.
struct AssetPath {
  std::string output;
  std::string path;
};
// Errors: kPath (a name that leads out of the directory).
Result<std::vector<AssetPath>> FindAssetPaths(const LoadedGraph& loaded);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_TABLE_INITIALIZERS_H_
