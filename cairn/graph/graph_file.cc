#include "cairn/graph/graph_file.h"

#include <protozero/pbf_writer.hpp>

#include "cairn/core/escape.h"
#include "cairn/graph/graph_text.h"
#include "cairn/graph/message_fields.h"
#include "cairn/graph/saved_model.h"

namespace cairn {
namespace {

constexpr std::string_view kFilesWithGraphs =
    "name a .meta file, a SavedModel directory or a .pbtxt file";

constexpr uint64_t kMaxNbytes = uint64_t{2} << 30;

Status ParseText(LoadedGraph& loaded) {
  CAIRN_ASSIGN_OR_RETURN(const std::string message, MetaGraphOfText(AsText(loaded.message)));
  const Bytes bytes = AsBytes(message);
  loaded.message.assign(bytes.begin(), bytes.end());
  CAIRN_ASSIGN_OR_RETURN(loaded.graph, MetaGraph::Parse(loaded.message));
  return {};
}

// Field 1 of a SavedModel is a number, that of the other messages is not.
bool IsSavedModelMessage(Bytes message) {
  constexpr std::byte kSchemaVersionTag{0x08};
  return !message.empty() && message[0] == kSchemaVersionTag;
}

// Field 1 of a GraphDef is a NodeDef, whose field 2 is the name of an op. In a MetaGraphDef it is a
// MetaInfoDef, whose field 2 is a message.
bool IsGraphMessage(Bytes message) {
  std::string_view op;
  const Status status = ForEachBytes(message, "GraphDef", {1}, [&](auto /*tag*/, Bytes node) {
    if (!op.empty()) return Status();
    return ForEachBytes(node, "NodeDef", {2}, [&](auto /*tag*/, Bytes value) -> Status {
      op = AsText(value);
      return {};
    });
  });
  return status.ok() && !op.empty() && IsPlain(op);
}

// Makes a MetaGraphDef of a GraphDef.
void WrapGraph(std::vector<std::byte>& message) {
  std::string wrapped;
  constexpr protozero::pbf_tag_type kGraphDef = 2;
  protozero::pbf_writer(wrapped).add_message(kGraphDef, std::string(AsText(message)));
  const Bytes bytes = AsBytes(wrapped);
  message.assign(bytes.begin(), bytes.end());
}

Status ParseMessage(LoadedGraph& loaded) {
  if (IsGraphMessage(loaded.message)) WrapGraph(loaded.message);
  CAIRN_ASSIGN_OR_RETURN(const Bytes message, MetaGraphMessage(loaded));
  CAIRN_ASSIGN_OR_RETURN(loaded.graph, MetaGraph::Parse(message));
  const MetaGraph& graph = loaded.graph;
  const bool has_content = !graph.nodes().empty() || !graph.functions().empty() ||
                           !graph.collections().empty() || !graph.signatures().empty() ||
                           !graph.tensorflow_version().empty();
  if (has_content) return {};
  return Status(Reason::kFormat, "is not a MetaGraphDef: it has no node and no collection")
      .WithHint(std::string(kFilesWithGraphs));
}

}  // namespace

Result<std::vector<std::byte>> ReadGraphFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  if (file->size() > kMaxNbytes) {
    return Status(Reason::kLimit,
                  "has " + std::to_string(file->size()) + " bytes, a graph has at most 2 GiB")
        .AtPath(path);
  }
  std::vector<std::byte> message(file->size());
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, message));
  return message;
}

Result<LoadedGraph> LoadGraph(FileSystem& fs, const std::string& path) {
  LoadedGraph loaded{path, {}, {}};
  CAIRN_ASSIGN_OR_RETURN(loaded.message, ReadGraphFile(fs, path));
  const Status parsed = LooksLikeText(loaded.message) ? ParseText(loaded) : ParseMessage(loaded);
  if (parsed.ok()) return loaded;
  return parsed.hint().empty() ? parsed.AtPath(path).WithHint(std::string(kFilesWithGraphs))
                               : parsed.AtPath(path);
}

Result<Bytes> MetaGraphMessage(const LoadedGraph& loaded) {
  if (IsSavedModelMessage(loaded.message)) return FindMetaGraph(loaded.message);
  return Bytes(loaded.message);
}

}  // namespace cairn
