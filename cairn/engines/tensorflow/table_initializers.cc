#include "cairn/engines/tensorflow/table_initializers.h"

#include "cairn/core/escape.h"
#include "cairn/io/path.h"

namespace cairn::tensorflow {
namespace {

constexpr std::string_view kInitSignature = "__saved_model_init_op";
constexpr std::string_view kMainOp = "saved_model_main_op";
constexpr std::string_view kTableInitializer = "table_initializer";

std::vector<std::string> OpsInCollection(const MetaGraph& graph, std::string_view name) {
  std::vector<std::string> ops;
  const Collection* const collection = graph.FindCollection(name);
  if (collection == nullptr || collection->kind != Collection::Kind::kNodes) return ops;
  for (const std::string_view op : collection->texts) {
    if (graph.Find(op) != nullptr) ops.emplace_back(NodeNameOf(op));
  }
  return ops;
}

// Whether a relative path stays in its directory.
bool StaysInside(std::string_view path) {
  if (path.starts_with('/') || path.find('\0') != path.npos) return false;
  const std::string slashed = "/" + std::string(path) + "/";
  return slashed.find("/../") == slashed.npos;
}

}  // namespace

std::vector<std::string> FindTableInitializers(const MetaGraph& graph) {
  if (!graph.object_graph()) return OpsInCollection(graph, kTableInitializer);
  const Signature* const signature = graph.FindSignature(kInitSignature);
  if (signature == nullptr) return OpsInCollection(graph, kMainOp);
  std::vector<std::string> ops;
  for (const SignatureTensor& output : signature->outputs) {
    for (const std::string_view tensor : output.tensors) {
      if (graph.Find(tensor) != nullptr) ops.emplace_back(NodeNameOf(tensor));
    }
  }
  return ops;
}

Result<std::vector<AssetPath>> FindAssetPaths(const LoadedGraph& loaded) {
  const std::string directory = JoinPath(DirectoryOf(loaded.path), "assets");
  std::vector<AssetPath> paths;
  for (const AssetFile& asset : loaded.graph.assets()) {
    if (!StaysInside(asset.filename)) {
      return Status(Reason::kPath,
                    "asset " + Quoted(asset.filename) + " is not in the directory 'assets'")
          .AtPath(loaded.path);
    }
    if (loaded.graph.Find(asset.tensor) == nullptr) continue;
    paths.push_back({std::string(asset.tensor), JoinPath(directory, asset.filename)});
  }
  return paths;
}

}  // namespace cairn::tensorflow
