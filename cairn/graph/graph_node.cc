#include "cairn/graph/graph_node.h"

#include <charconv>

#include "cairn/core/limits.h"
#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum NodeTag : protozero::pbf_tag_type { kName = 1, kOp = 2, kInput = 3, kAttributes = 5 };
enum AttrTag : protozero::pbf_tag_type {
  kList = 1,
  kText = 2,
  kBool = 5,
  kType = 6,
  kShape = 7,
  kTensor = 8,
  kFunction = 10,
};
enum ListTag : protozero::pbf_tag_type { kListFunction = 9 };
enum NameAttrListTag : protozero::pbf_tag_type { kFunctionName = 1 };

Result<GraphNode> ParseNode(Bytes message) {
  GraphNode node{{}, {}, message};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "NodeDef", {kName, kOp}, [&](auto tag, Bytes value) -> Status {
        (tag == kName ? node.name : node.op) = AsText(value);
        return {};
      }));
  return node;
}

Result<std::optional<Bytes>> BytesOfAttribute(Bytes attribute, AttrTag wanted) {
  std::optional<Bytes> found;
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(attribute, "AttrValue", {wanted}, [&](auto /*tag*/, Bytes value) -> Status {
        found = value;
        return {};
      }));
  return found;
}

Status AddFunctionName(Bytes name_attr_list, std::vector<std::string_view>& names) {
  CAIRN_ASSIGN_OR_RETURN(const auto texts, TextsOf(name_attr_list, "NameAttrList", kFunctionName));
  names.insert(names.end(), texts.begin(), texts.end());
  return {};
}

}  // namespace

Result<std::vector<std::string_view>> InputsOf(const GraphNode& node) {
  return TextsOf(node.message, "NodeDef", kInput);
}

Result<std::vector<std::pair<std::string_view, Bytes>>> AttributesOf(const GraphNode& node) {
  std::vector<std::pair<std::string_view, Bytes>> attributes;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      node.message, "NodeDef", {kAttributes}, [&](auto /*tag*/, Bytes value) -> Status {
        CAIRN_ASSIGN_OR_RETURN(const MapEntry entry, ParseMapEntry(value, "NodeDef.attr"));
        attributes.emplace_back(entry.key, entry.value);
        return {};
      }));
  return attributes;
}

Result<std::optional<Bytes>> AttributeOf(const GraphNode& node, std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(const auto attributes, AttributesOf(node));
  std::optional<Bytes> found;
  for (const auto& [key, value] : attributes) {
    if (key == name) found = value;
  }
  return found;
}

Result<std::optional<std::string_view>> TextOfAttribute(Bytes attribute) {
  CAIRN_ASSIGN_OR_RETURN(const auto text, BytesOfAttribute(attribute, kText));
  return text ? std::optional(AsText(*text)) : std::nullopt;
}

Result<std::optional<Bytes>> ShapeOfAttribute(Bytes attribute) {
  return BytesOfAttribute(attribute, kShape);
}

Result<std::optional<Bytes>> TensorOfAttribute(Bytes attribute) {
  return BytesOfAttribute(attribute, kTensor);
}

Result<std::optional<DType>> TypeOfAttribute(Bytes attribute) {
  std::optional<DType> type;
  CAIRN_RETURN_IF_ERROR(ForEachField(attribute, "AttrValue", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(kType, pbf_wire_type::varint)) {
      type = DTypeFromCode(reader.get_uint64());
    } else {
      reader.skip();
    }
    return {};
  }));
  return type;
}

Result<std::optional<bool>> BoolOfAttribute(Bytes attribute) {
  std::optional<bool> value;
  CAIRN_RETURN_IF_ERROR(ForEachField(attribute, "AttrValue", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(kBool, pbf_wire_type::varint)) {
      value = reader.get_bool();
    } else {
      reader.skip();
    }
    return {};
  }));
  return value;
}

Result<std::vector<std::string_view>> FunctionsOfAttribute(Bytes attribute) {
  std::vector<std::string_view> names;
  CAIRN_RETURN_IF_ERROR(ForEachField(attribute, "AttrValue", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(kFunction, pbf_wire_type::length_delimited))
      return AddFunctionName(BytesOf(reader.get_view()), names);
    if (reader.tag_and_type() != tag_and_type(kList, pbf_wire_type::length_delimited)) {
      reader.skip();
      return {};
    }
    return ForEachField(
        BytesOf(reader.get_view()), "AttrValue.ListValue", [&](pbf_reader& list) -> Status {
          if (list.tag_and_type() == tag_and_type(kListFunction, pbf_wire_type::length_delimited))
            return AddFunctionName(BytesOf(list.get_view()), names);
          list.skip();
          return {};
        });
  }));
  return names;
}

std::string_view NodeNameOf(std::string_view input) {
  if (IsControlInput(input)) input.remove_prefix(1);
  return input.substr(0, input.find(':'));
}

size_t OutputOf(std::string_view input) {
  const size_t colon = input.rfind(':');
  size_t output = 0;
  if (colon != input.npos)
    std::from_chars(input.data() + colon + 1, input.data() + input.size(), output);
  return output;
}

Status NodeTable::Add(Bytes message) {
  if (nodes_.size() == Limits().num_tensors) {
    return Status(Reason::kLimit,
                  "a graph of more than " + std::to_string(Limits().num_tensors) + " nodes");
  }
  CAIRN_ASSIGN_OR_RETURN(const GraphNode node, ParseNode(message));
  by_name_.emplace(node.name, nodes_.size());
  nodes_.push_back(node);
  return {};
}

const GraphNode* NodeTable::Find(std::string_view input) const {
  const auto found = by_name_.find(NodeNameOf(input));
  return found == by_name_.end() ? nullptr : &nodes_[found->second];
}

}  // namespace cairn
