// Reads facts about a checkpoint from the graph that lies beside it.
#ifndef CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_
#define CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/graph/meta_graph.h"
#include "cairn/io/file_system.h"

namespace cairn {

// An input or output of a signature.
struct SignatureTensorDescription {
  std::string name;
  std::optional<DType> dtype;                // nothing: not known
  std::optional<std::vector<int64_t>> dims;  // -1 = any size; nothing: of any rank
};

struct SignatureDescription {
  std::string name;
  std::vector<SignatureTensorDescription> inputs;
  std::vector<SignatureTensorDescription> outputs;
};

struct GraphDescription {
  std::string path;
  std::string tensorflow_version;  // "" where the graph does not say
  std::vector<SignatureDescription> signatures;
};

std::vector<SignatureDescription> DescribeSignatures(const MetaGraph& graph);

// Describes the graph that belongs to the checkpoint `prefix`: that of PREFIX.meta, or of
// saved_model.pb if the prefix is that of a SavedModel's variables. Returns nothing if there is
// none. Errors: kProto, kFormat, kLimit, kIo.
Result<std::optional<GraphDescription>> DescribeGraph(FileSystem& fs, const std::string& prefix);

// Describes the graph of the SavedModel that a path names: its directory, its saved_model.pb, or
// the base directory of its versions, of which the newest is taken. Returns nothing for all other
// paths. Errors: as DescribeGraph.
Result<std::optional<GraphDescription>> DescribeSavedModel(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_
