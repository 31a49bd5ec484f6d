#include "cairn/checkpoint/describe_graph.h"

#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/graph/meta_graph.h"
#include "cairn/graph/saved_model.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

std::vector<std::string> Copied(const std::vector<std::string_view>& names) {
  return {names.begin(), names.end()};
}

Result<GraphDescription> Describe(Bytes message, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const MetaGraph graph, MetaGraph::Parse(message));
  GraphDescription description{path, std::string(graph.tensorflow_version()), {}};
  for (const Signature& signature : graph.signatures())
    description.signatures.push_back(
        {std::string(signature.name), Copied(signature.inputs), Copied(signature.outputs)});
  return description;
}

Result<GraphDescription> DescribeMeta(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadGraphFile(fs, path));
  return Describe(message, path).AtPath(path);
}

Result<GraphDescription> DescribeSavedModel(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadGraphFile(fs, path));
  const Result<Bytes> graph = FindMetaGraph(message);
  if (!graph.ok()) return graph.status().AtPath(path);
  return Describe(*graph, path).AtPath(path);
}

}  // namespace

Result<std::optional<GraphDescription>> DescribeGraph(FileSystem& fs, const std::string& prefix) {
  const std::string meta = prefix + std::string(kMetaSuffix);
  CAIRN_ASSIGN_OR_RETURN(const bool has_meta, IsRegularFile(fs, meta));
  if (has_meta) {
    CAIRN_ASSIGN_OR_RETURN(GraphDescription description, DescribeMeta(fs, meta));
    return std::optional(std::move(description));
  }
  const std::string variables = DirectoryOf(prefix);
  const std::string saved_model = JoinPath(DirectoryOf(variables), kSavedModelFile);
  const bool is_named_so = BaseName(variables) == "variables" && BaseName(prefix) == "variables";
  CAIRN_ASSIGN_OR_RETURN(const bool is_there, IsRegularFile(fs, saved_model));
  if (!is_named_so || !is_there) return std::optional<GraphDescription>();
  CAIRN_ASSIGN_OR_RETURN(GraphDescription description, DescribeSavedModel(fs, saved_model));
  return std::optional(std::move(description));
}

}  // namespace cairn
