#include "cairn/engines/tensorflow/tensorflow_session.h"

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/locate_in_folder.h"
#include "cairn/engines/tensorflow/runtime_session.h"
#include "cairn/engines/tensorflow/start_runtime.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// Returns the file of a SavedModel's directory; other paths are those of files.
Result<std::string> GraphFileOf(FileSystem& fs, const std::string& path) {
  const auto stat = fs.Stat(path);
  if (!stat.ok() || stat->kind != FileKind::kDirectory) return path;
  CAIRN_ASSIGN_OR_RETURN(auto file, FindSavedModelFile(fs, path));
  if (file) return *std::move(file);
  return Status(Reason::kMissing, "is a directory without a SavedModel")
      .AtPath(path)
      .WithHint("name a .meta file or the directory of a SavedModel");
}

// Returns the objects in the variables' own checkpoint of a TF2 SavedModel; nothing where there is
// no such checkpoint.
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

Result<std::unique_ptr<TensorFlowSession>> TensorFlowSession::Open(
    FileSystem& fs, const std::string& path, const TensorFlowOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::string file, GraphFileOf(fs, path));
  CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(fs, file));
  CAIRN_ASSIGN_OR_RETURN(const auto checkpoint, ReadVariablesObjectGraph(fs, loaded));
  CAIRN_ASSIGN_OR_RETURN(auto runtime, tensorflow::StartRuntime(options));
  return tensorflow::RuntimeSession::Make(std::move(loaded), checkpoint, std::move(runtime));
}

}  // namespace cairn
