// Files that hold a graph, read whole.
#ifndef CAIRN_GRAPH_GRAPH_FILE_H_
#define CAIRN_GRAPH_GRAPH_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/graph/meta_graph.h"
#include "cairn/io/file_system.h"

namespace cairn {

inline constexpr std::string_view kMetaSuffix = ".meta";
inline constexpr std::string_view kSavedModelFile = "saved_model.pb";

// Errors: kLimit (over 2 GiB, which no protobuf message has), those of opening and reading.
Result<std::vector<std::byte>> ReadGraphFile(FileSystem& fs, const std::string& path);

// A graph with the bytes that it is a view of.
struct LoadedGraph {
  std::string path;
  std::vector<std::byte> message;  // MetaGraphDef or SavedModel
  MetaGraph graph;
};

// Loads a MetaGraphDef (`.meta`), a SavedModel (`saved_model.pb`), a GraphDef, or the text form of
// one of them (`.pbtxt`); the content tells which. Errors: those of ReadGraphFile, MetaGraphOfText,
// FindMetaGraph and MetaGraph::Parse; kFormat (it has neither a node nor a collection).
Result<LoadedGraph> LoadGraph(FileSystem& fs, const std::string& path);

// Returns the MetaGraphDef in the message, as a view of it. Errors: those of FindMetaGraph.
Result<Bytes> MetaGraphMessage(const LoadedGraph& loaded);

}  // namespace cairn

#endif  // CAIRN_GRAPH_GRAPH_FILE_H_
