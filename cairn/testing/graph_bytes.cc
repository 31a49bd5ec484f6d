#include "cairn/testing/graph_bytes.h"

#include "cairn/testing/proto_bytes.h"

namespace cairn {
namespace {

std::string MapEntry(std::string_view key, std::string_view value) {
  std::string entry;
  AppendMessageField(entry, 1, key);
  AppendMessageField(entry, 2, value);
  return entry;
}

// An AttrValue that holds one message.
std::string AttrValue(uint32_t field, std::string_view message) {
  std::string value;
  AppendMessageField(value, field, message);
  return value;
}

std::string StringsTensor(const std::vector<std::string>& values) {
  std::string tensor;
  AppendNumberField(tensor, 1, static_cast<int64_t>(DType::kString));
  AppendMessageField(tensor, 2, ShapeMessage({static_cast<int64_t>(values.size())}));
  for (const std::string& value : values) AppendMessageField(tensor, 8, value);
  return tensor;
}

}  // namespace

GraphBytes& GraphBytes::Node(std::string_view name, std::string_view op,
                             const std::vector<std::string>& inputs, const Attributes& attributes) {
  std::string node;
  AppendMessageField(node, 1, name);
  AppendMessageField(node, 2, op);
  for (const std::string& input : inputs) AppendMessageField(node, 3, input);
  for (const auto& [key, value] : attributes) AppendMessageField(node, 5, MapEntry(key, value));
  nodes_.push_back(node);
  return *this;
}

GraphBytes& GraphBytes::Variable(std::string_view name, DType dtype,
                                 const std::vector<int64_t>& dims) {
  std::string type;
  AppendNumberField(type, 6, static_cast<int64_t>(dtype));
  Node(name, "VarHandleOp", {}, {{"dtype", type}, {"shape", AttrValue(7, ShapeMessage(dims))}});
  return Node(std::string(name) + "/Read", "ReadVariableOp", {std::string(name)});
}

GraphBytes& GraphBytes::Strings(std::string_view name, const std::vector<std::string>& values) {
  return Node(name, "Const", {}, {{"value", AttrValue(8, StringsTensor(values))}});
}

GraphBytes& GraphBytes::Save(std::string_view name, const std::vector<Saved>& tensors) {
  const std::string scope(name);
  std::vector<std::string> names;
  std::vector<std::string> specs;
  std::vector<std::string> inputs = {"save/Const", scope + "/tensor_names",
                                     scope + "/shape_and_slices"};
  std::string types;
  for (const Saved& tensor : tensors) {
    names.push_back(tensor.name);
    specs.push_back(tensor.spec);
    inputs.push_back(tensor.input);
    types += static_cast<char>(tensor.dtype);
  }
  std::string list;
  AppendMessageField(list, 6, types);  // packed
  Strings(inputs[1], names).Strings(inputs[2], specs);
  return Node(name, "SaveV2", inputs, {{"dtypes", AttrValue(1, list)}});
}

GraphBytes& GraphBytes::Signature(std::string_view name, const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& outputs,
                                  std::string_view tensor_info) {
  std::string signature;
  for (const std::string& input : inputs)
    AppendMessageField(signature, 1, MapEntry(input, tensor_info));
  for (const std::string& output : outputs)
    AppendMessageField(signature, 2, MapEntry(output, tensor_info));
  AppendMessageField(rest_, 5, MapEntry(name, signature));
  return *this;
}

GraphBytes& GraphBytes::Collection(std::string_view name, uint32_t list,
                                   const std::vector<std::string>& values) {
  std::string texts;
  for (const std::string& value : values) AppendMessageField(texts, 1, value);
  return Field(4, MapEntry(name, AttrValue(list, texts)));
}

std::string GraphBytes::VariableDef(std::string_view name, bool is_trainable) {
  std::string variable;
  AppendMessageField(variable, 1, std::string(name) + ":0");
  AppendMessageField(variable, 2, std::string(name) + "/Assign");
  if (is_trainable) AppendNumberField(variable, 7, 1);
  return variable;
}

GraphBytes& GraphBytes::Function(std::string_view name, const std::vector<std::string>& arguments,
                                 std::string_view returned, const GraphBytes& body,
                                 const std::vector<std::string>& control_returns) {
  std::string signature;
  AppendMessageField(signature, 1, name);
  for (const std::string& argument : arguments)
    AppendMessageField(signature, 2, AttrValue(1, argument));
  AppendMessageField(signature, 3, AttrValue(1, "r"));
  std::string function;
  AppendMessageField(function, 1, signature);
  // A GraphDef has its nodes in field 1, a FunctionDef in field 3.
  for (const std::string& node : body.nodes_) AppendMessageField(function, 3, node);
  AppendMessageField(function, 4, MapEntry("r", returned));
  for (const std::string& node : control_returns)
    AppendMessageField(function, 6, MapEntry(node, node));
  AppendMessageField(library_, 1, function);
  return *this;
}

GraphBytes::Attributes GraphBytes::FunctionAttribute(std::string_view attribute,
                                                     std::string_view function) {
  return {{std::string(attribute), AttrValue(10, AttrValue(1, function))}};
}

GraphBytes& GraphBytes::Saver(std::string_view restore_op) {
  return Field(3, AttrValue(3, restore_op));
}

GraphBytes& GraphBytes::Field(uint32_t field, std::string_view message) {
  AppendMessageField(rest_, field, message);
  return *this;
}

std::string GraphBytes::MetaGraph() const {
  std::string info;
  AppendMessageField(info, 5, "2.21.0");
  std::string graph;
  for (const std::string& node : nodes_) AppendMessageField(graph, 1, node);
  if (!library_.empty()) AppendMessageField(graph, 2, library_);
  std::string message;
  AppendMessageField(message, 1, info);
  AppendMessageField(message, 2, graph);
  return message + rest_;
}

}  // namespace cairn
