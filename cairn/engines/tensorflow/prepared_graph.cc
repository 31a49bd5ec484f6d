#include "cairn/engines/tensorflow/prepared_graph.h"

#include <protozero/pbf_writer.hpp>
#include <unordered_set>

#include "cairn/codec/copy_fields.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_reader;
using protozero::pbf_tag_type;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

enum GraphField : pbf_tag_type { kGraphNode = 1, kGraphLibrary = 2 };
constexpr pbf_tag_type kLibraryFunction = 1;
constexpr pbf_tag_type kFunctionNode = 3;
constexpr pbf_tag_type kNodeDevice = 4;

// Appends one field of messages as `rewrite` returns them, and copies the others.
template <typename Rewrite>
Status RewriteField(Bytes message, const char* name, pbf_tag_type field, std::string& out,
                    Rewrite rewrite) {
  return CopyFields(message, name, out, [&](pbf_reader& reader, std::string& to) -> Result<bool> {
    if (reader.tag() != field) {
      reader.skip();
      return false;
    }
    if (reader.wire_type() != pbf_wire_type::length_delimited) return WrongWireType(reader, name);
    std::string rewritten;
    CAIRN_RETURN_IF_ERROR(rewrite(BytesOf(reader.get_view()), rewritten));
    pbf_writer(to).add_message(field, rewritten);
    return true;
  });
}

Status StripNode(Bytes message, std::string& out) {
  return CopyFields(message, "NodeDef", out, [](pbf_reader& reader, std::string&) -> Result<bool> {
    const bool is_device = reader.tag() == kNodeDevice;
    reader.skip();
    return is_device;
  });
}

Status StripFunction(Bytes message, std::string& out) {
  return RewriteField(message, "FunctionDef", kFunctionNode, out, StripNode);
}

Status StripLibrary(Bytes message, std::string& out) {
  return RewriteField(message, "FunctionDefLibrary", kLibraryFunction, out, StripFunction);
}

Status StripGraph(Bytes message, std::string& out) {
  std::string with_nodes_stripped;
  CAIRN_RETURN_IF_ERROR(
      RewriteField(message, "GraphDef", kGraphNode, with_nodes_stripped, StripNode));
  return RewriteField(AsBytes(with_nodes_stripped), "GraphDef", kGraphLibrary, out, StripLibrary);
}

// Returns "cairn", "cairn_1" or so on: the first that no node has as its name or outermost scope.
std::string FreeScope(const MetaGraph& graph) {
  std::unordered_set<std::string_view> taken;
  for (const GraphNode& node : graph.nodes())
    taken.insert(node.name.substr(0, node.name.find('/')));
  std::string scope = "cairn";
  for (int number = 1; taken.contains(scope); ++number) scope = "cairn_" + std::to_string(number);
  return scope;
}

}  // namespace

Result<PreparedGraph> PrepareGraph(const MetaGraph& graph,
                                   std::span<const SessionVariable> variables) {
  PreparedGraph prepared;
  for (const Bytes message : graph.graph_defs())
    CAIRN_RETURN_IF_ERROR(StripGraph(message, prepared.graph_def));
  CAIRN_ASSIGN_OR_RETURN(NodesOfVariables made,
                         MakeVariableNodes(graph, variables, FreeScope(graph)));
  for (const std::string& message : made.messages)
    pbf_writer(prepared.graph_def).add_message(kGraphNode, message);
  prepared.nodes = std::move(made.nodes);
  prepared.shared = std::move(made.shared);
  return prepared;
}

}  // namespace cairn::tensorflow
