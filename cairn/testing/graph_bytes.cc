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
  AppendMessageField(graph_, 1, node);
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

std::string GraphBytes::MetaGraph() const {
  std::string info;
  AppendMessageField(info, 5, "2.21.0");
  std::string message;
  AppendMessageField(message, 1, info);
  AppendMessageField(message, 2, graph_);
  return message + rest_;
}

}  // namespace cairn
