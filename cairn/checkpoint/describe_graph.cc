#include "cairn/checkpoint/describe_graph.h"

#include "cairn/checkpoint/locate_in_folder.h"
#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/graph/meta_graph.h"
#include "cairn/graph/saved_model.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

std::vector<SignatureTensorDescription> Copied(const std::vector<SignatureTensor>& tensors) {
  std::vector<SignatureTensorDescription> copied;
  for (const SignatureTensor& tensor : tensors)
    copied.push_back({std::string(tensor.name), tensor.dtype,
                      tensor.has_known_rank ? std::optional(tensor.dims) : std::nullopt});
  return copied;
}

Result<GraphDescription> Describe(Bytes message, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const MetaGraph graph, MetaGraph::Parse(message));
  return GraphDescription{path, std::string(graph.tensorflow_version()), DescribeSignatures(graph)};
}

Result<GraphDescription> DescribeMeta(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadGraphFile(fs, path));
  return Describe(message, path).AtPath(path);
}

Result<GraphDescription> DescribeSavedModelFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto message, ReadGraphFile(fs, path));
  const Result<Bytes> graph = FindMetaGraph(message);
  if (!graph.ok()) return graph.status().AtPath(path);
  return Describe(*graph, path).AtPath(path);
}

}  // namespace

std::vector<SignatureDescription> DescribeSignatures(const MetaGraph& graph) {
  std::vector<SignatureDescription> signatures;
  for (const Signature& signature : graph.signatures())
    signatures.push_back(
        {std::string(signature.name), Copied(signature.inputs), Copied(signature.outputs)});
  return signatures;
}

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
  CAIRN_ASSIGN_OR_RETURN(GraphDescription description, DescribeSavedModelFile(fs, saved_model));
  return std::optional(std::move(description));
}

Result<std::optional<GraphDescription>> DescribeSavedModel(FileSystem& fs,
                                                           const std::string& path) {
  std::optional<std::string> file;
  CAIRN_ASSIGN_OR_RETURN(const bool is_file, IsRegularFile(fs, path));
  if (is_file) {
    if (IsSavedModelFileName(BaseName(path))) file = path;
  } else {
    CAIRN_ASSIGN_OR_RETURN(file, FindSavedModelFile(fs, path));
    const bool is_directory = fs.Stat(path).ok();
    if (!file && is_directory) {
      CAIRN_ASSIGN_OR_RETURN(auto version, NewestVersion(fs, path));
      if (version) file = std::move(version->file);
    }
  }
  if (!file || BaseName(*file) != kSavedModelFile) return std::optional<GraphDescription>();
  CAIRN_ASSIGN_OR_RETURN(GraphDescription description, DescribeSavedModelFile(fs, *file));
  return std::optional(std::move(description));
}

}  // namespace cairn
