// The graph that a session is opened for, read as data.
#ifndef CAIRN_ENGINES_TENSORFLOW_SESSION_GRAPH_H_
#define CAIRN_ENGINES_TENSORFLOW_SESSION_GRAPH_H_

#include <optional>
#include <string>

#include "cairn/graph/graph_file.h"
#include "cairn/graph/object_graph.h"
#include "cairn/io/file_system.h"

namespace cairn::tensorflow {

struct SessionGraph {
  LoadedGraph graph;
  // The objects in the variables' own checkpoint of a TF2 SavedModel; nothing where there is no
  // such checkpoint.
  std::optional<ObjectGraph> checkpoint;
};

// Reads what `path` names: a `.meta` file, a SavedModel (its directory or its saved_model.pb), the
// text form of one, or the directory of a run. Errors: those of LocateGraph and LoadGraph; those of
// reading the checkpoint.
Result<SessionGraph> ReadSessionGraph(FileSystem& fs, const std::string& path);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SESSION_GRAPH_H_
