#include "cli/graph_beside.h"

#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/escape.h"

namespace cairn::cli {

Result<std::optional<LoadedGraph>> LoadGraphBeside(const std::string& given,
                                                   const Opened& checkpoint, Output& out) {
  CAIRN_ASSIGN_OR_RETURN(const auto located,
                         GraphOfCheckpoint(LocalFileSystem(), given, checkpoint.path));
  if (!located) return std::optional<LoadedGraph>();
  CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(LocalFileSystem(), located->path));
  out.Note("its graph is that of " + Escape(located->path));
  return std::optional(std::move(loaded));
}

}  // namespace cairn::cli
