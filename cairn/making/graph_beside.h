// The graph that lies beside a checkpoint.
#ifndef CAIRN_MAKING_GRAPH_BESIDE_H_
#define CAIRN_MAKING_GRAPH_BESIDE_H_

#include <optional>
#include <string>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/graph/graph_file.h"
#include "cairn/making/remark.h"

namespace cairn {

// Loads it, and remarks which it is. `given` is the path that the user named. Returns nothing where
// there is none. Errors: those of LoadGraph.
Result<std::optional<LoadedGraph>> LoadGraphBeside(FileSystem& fs, const std::string& given,
                                                   const Opened& checkpoint, Remarks& remarks);

}  // namespace cairn

#endif  // CAIRN_MAKING_GRAPH_BESIDE_H_
