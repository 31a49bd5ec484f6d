// Parts of graphs made by hand: variables as TensorFlow 1 and as SavedModels of TF2 have them.
#ifndef CAIRN_ENGINES_TENSORFLOW_GRAPH_PARTS_FIXTURE_H_
#define CAIRN_ENGINES_TENSORFLOW_GRAPH_PARTS_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/node_def.h"
#include "cairn/graph/graph_file.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/proto_bytes.h"

namespace cairn::tensorflow {

inline GraphBytes::Attributes AttributesFrom(const std::vector<NodeAttribute>& attributes) {
  GraphBytes::Attributes pairs;
  for (const NodeAttribute& attribute : attributes)
    pairs.emplace_back(attribute.name, attribute.value);
  return pairs;
}

inline NodeAttribute ShapeAttribute(const std::vector<int64_t>& dims) {
  std::string value;
  AppendMessageField(value, 7, ShapeMessage(dims));
  return {"shape", value};
}

// The op that assigns the first value of a variable, "NAME/Assign", and what it assigns.
inline void AddInitializer(GraphBytes& graph, const std::string& name, std::string_view op,
                           const std::vector<NodeAttribute>& attributes = {}) {
  graph.Node(name + "/initial", "Const");
  graph.Node(name + "/Assign", op, {name, name + "/initial"}, AttributesFrom(attributes));
}

inline void AddRefVariable(GraphBytes& graph, const std::string& name, DType dtype,
                           const std::vector<int64_t>& dims, bool validate_shape = true) {
  graph.Node(name, "VariableV2", {},
             AttributesFrom({TypeAttribute("dtype", dtype), ShapeAttribute(dims)}));
  AddInitializer(graph, name, "Assign", {BoolAttribute("validate_shape", validate_shape)});
}

inline void AddResourceVariable(GraphBytes& graph, const std::string& name, DType dtype,
                                const std::vector<int64_t>& dims,
                                std::string_view shared_name = "") {
  graph.Node(name, "VarHandleOp", {},
             AttributesFrom({TypeAttribute("dtype", dtype), ShapeAttribute(dims),
                             TextAttribute("shared_name", shared_name)}));
  AddInitializer(graph, name, "AssignVariableOp");
}

// A VariableDef of a variable that is a part of another.
inline std::string PartDef(std::string_view name, std::string_view whole, int64_t num_rows,
                           int64_t first_row) {
  std::string slice;
  AppendMessageField(slice, 1, whole);
  for (const int64_t dim : {num_rows, int64_t{2}}) AppendNumberField(slice, 2, dim);
  for (const int64_t offset : {first_row, int64_t{0}}) AppendNumberField(slice, 3, offset);
  std::string def = GraphBytes::VariableDef(name, true);
  AppendMessageField(def, 4, slice);
  return def;
}

// An object of a SavedModel: its children by name, and whether it is a variable.
struct ObjectPart {
  std::vector<std::pair<std::string, int64_t>> children;
  bool is_variable = false;
};

// A SavedObjectGraph with the objects that each function captures.
inline std::string ObjectsMessage(const std::vector<ObjectPart>& objects,
                                  const std::map<std::string, std::vector<int64_t>>& captures) {
  std::string graph;
  for (const ObjectPart& object : objects) {
    std::string message;
    for (const auto& [name, node] : object.children) {
      std::string child;
      AppendNumberField(child, 1, node);
      AppendMessageField(child, 2, name);
      AppendMessageField(message, 1, child);
    }
    if (object.is_variable) {
      std::string variable;
      AppendNumberField(variable, 1, static_cast<int64_t>(DType::kFloat32));
      AppendNumberField(variable, 3, 1);  // trainable
      AppendMessageField(message, 7, variable);
    }
    AppendMessageField(graph, 1, message);
  }
  for (const auto& [name, nodes] : captures) {
    std::string function;
    for (const int64_t node : nodes) AppendNumberField(function, 2, node);
    std::string entry;
    AppendMessageField(entry, 1, name);
    AppendMessageField(entry, 2, function);
    AppendMessageField(graph, 2, entry);
  }
  return graph;
}

// A graph with the bytes that it is a view of, as if it came from a file.
inline LoadedGraph LoadedGraphOf(const std::string& message, std::string path = "graph.meta") {
  LoadedGraph loaded;
  loaded.path = std::move(path);
  const Bytes bytes = AsBytes(message);
  loaded.message.assign(bytes.begin(), bytes.end());
  auto graph = MetaGraph::Parse(loaded.message);
  if (graph.ok()) loaded.graph = *std::move(graph);
  return loaded;
}

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_GRAPH_PARTS_FIXTURE_H_
