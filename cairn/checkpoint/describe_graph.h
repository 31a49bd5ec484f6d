// Reads facts about a checkpoint from the graph that lies beside it.
#ifndef CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_
#define CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

struct SignatureDescription {
  std::string name;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

struct GraphDescription {
  std::string path;
  std::string tensorflow_version;  // "" where the graph does not say
  std::vector<SignatureDescription> signatures;
};

// Describes the graph that belongs to the checkpoint `prefix`: that of PREFIX.meta, or of
// saved_model.pb if the prefix is that of a SavedModel's variables. Returns nothing if there is
// none. Errors: kProto, kFormat, kLimit, kIo.
Result<std::optional<GraphDescription>> DescribeGraph(FileSystem& fs, const std::string& prefix);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_DESCRIBE_GRAPH_H_
