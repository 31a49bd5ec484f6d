#include "cairn/engines/tensorflow/node_def.h"

#include <protozero/pbf_writer.hpp>
#include <vector>

namespace cairn::tensorflow {
namespace {

using protozero::pbf_tag_type;
using protozero::pbf_writer;

enum NodeField : pbf_tag_type { kNodeName = 1, kNodeOp = 2, kNodeInput = 3, kNodeAttribute = 5 };
enum MapField : pbf_tag_type { kMapKey = 1, kMapValue = 2 };
enum ValueField : pbf_tag_type {
  kListValue = 1,
  kTextValue = 2,
  kNumberValue = 3,
  kBoolValue = 5,
  kTypeValue = 6,
  kShapeValue = 7,
  kTensorValue = 8,
};
enum TensorField : pbf_tag_type { kTensorType = 1, kTensorShape = 2, kTensorStrings = 8 };
constexpr pbf_tag_type kListTypes = 6;    // of AttrValue.ListValue
constexpr pbf_tag_type kUnknownRank = 3;  // of TensorShapeProto

// Makes an attribute whose AttrValue `add` writes.
template <typename Add>
NodeAttribute MakeAttribute(std::string_view name, Add add) {
  NodeAttribute attribute{name, {}};
  pbf_writer writer(attribute.value);
  add(writer);
  return attribute;
}

void AddAttribute(const NodeAttribute& attribute, pbf_writer& node) {
  std::string entry;
  pbf_writer writer(entry);
  writer.add_string(kMapKey, attribute.name.data(), attribute.name.size());
  writer.add_message(kMapValue, attribute.value);
  node.add_message(kNodeAttribute, entry);
}

}  // namespace

NodeAttribute TypeAttribute(std::string_view name, DType dtype) {
  return MakeAttribute(
      name, [&](pbf_writer& value) { value.add_enum(kTypeValue, static_cast<int32_t>(dtype)); });
}

NodeAttribute TypesAttribute(std::string_view name, std::span<const DType> dtypes) {
  std::string list;
  std::vector<int32_t> types;
  for (const DType dtype : dtypes) types.push_back(static_cast<int32_t>(dtype));
  pbf_writer(list).add_packed_enum(kListTypes, types.begin(), types.end());
  return MakeAttribute(name, [&](pbf_writer& value) { value.add_message(kListValue, list); });
}

NodeAttribute BoolAttribute(std::string_view name, bool is_true) {
  return MakeAttribute(name, [&](pbf_writer& value) { value.add_bool(kBoolValue, is_true); });
}

NodeAttribute NumberAttribute(std::string_view name, int64_t number) {
  return MakeAttribute(name, [&](pbf_writer& value) { value.add_int64(kNumberValue, number); });
}

NodeAttribute TextAttribute(std::string_view name, std::string_view text) {
  return MakeAttribute(
      name, [&](pbf_writer& value) { value.add_bytes(kTextValue, text.data(), text.size()); });
}

NodeAttribute AnyShapeAttribute(std::string_view name) {
  std::string shape;
  pbf_writer(shape).add_bool(kUnknownRank, true);
  return MakeAttribute(name, [&](pbf_writer& value) { value.add_message(kShapeValue, shape); });
}

NodeAttribute EmptyStringAttribute(std::string_view name) {
  std::string tensor;
  pbf_writer writer(tensor);
  writer.add_enum(kTensorType, static_cast<int32_t>(DType::kString));
  writer.add_message(kTensorShape, std::string());
  writer.add_bytes(kTensorStrings, std::string());
  return MakeAttribute(name, [&](pbf_writer& value) { value.add_message(kTensorValue, tensor); });
}

std::string EncodeNode(std::string_view name, std::string_view op,
                       std::span<const std::string> inputs,
                       std::initializer_list<NodeAttribute> attributes) {
  std::string message;
  pbf_writer node(message);
  node.add_string(kNodeName, name.data(), name.size());
  node.add_string(kNodeOp, op.data(), op.size());
  for (const std::string& input : inputs) node.add_string(kNodeInput, input);
  for (const NodeAttribute& attribute : attributes) AddAttribute(attribute, node);
  return message;
}

}  // namespace cairn::tensorflow
