#include "cairn/making/graph_beside.h"

#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/escape.h"

namespace cairn {

Result<std::optional<LoadedGraph>> LoadGraphBeside(FileSystem& fs, const std::string& given,
                                                   const Opened& checkpoint, Remarks& remarks) {
  CAIRN_ASSIGN_OR_RETURN(const auto located, GraphOfCheckpoint(fs, given, checkpoint.path));
  if (!located) return std::optional<LoadedGraph>();
  CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(fs, located->path));
  remarks.push_back({.text = "its graph is that of " + Escape(located->path)});
  return std::optional(std::move(loaded));
}

}  // namespace cairn
