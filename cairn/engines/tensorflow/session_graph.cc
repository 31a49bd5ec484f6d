#include "cairn/engines/tensorflow/session_graph.h"

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/locate_graph.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/io/path.h"

namespace cairn::tensorflow {
namespace {

Result<std::optional<ObjectGraph>> ReadVariablesObjectGraph(FileSystem& fs,
                                                            const LoadedGraph& loaded) {
  if (!loaded.graph.object_graph()) return std::optional<ObjectGraph>();
  const std::string prefix = JoinPath(DirectoryOf(loaded.path), "variables/variables");
  const Result<TensorDict> dict = Open(fs, prefix);
  if (dict.ok()) return ReadObjectGraph(*dict).AtPath(prefix);
  if (dict.status().reason() == Reason::kMissing) return std::optional<ObjectGraph>();
  return dict.status();
}

}  // namespace

Result<SessionGraph> ReadSessionGraph(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const Located located, LocateGraph(fs, path));
  SessionGraph read;
  CAIRN_ASSIGN_OR_RETURN(read.graph, LoadGraph(fs, located.path));
  CAIRN_ASSIGN_OR_RETURN(read.checkpoint, ReadVariablesObjectGraph(fs, read.graph));
  return read;
}

}  // namespace cairn::tensorflow
