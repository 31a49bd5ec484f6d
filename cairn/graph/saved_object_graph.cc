#include "cairn/graph/saved_object_graph.h"

#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/core/limits.h"
#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum GraphTag : protozero::pbf_tag_type { kNodes = 1, kConcreteFunctions = 2 };
enum ObjectTag : protozero::pbf_tag_type {
  kChildren = 1,
  kUserObject = 4,
  kFunction = 6,
  kVariable = 7,
  kBareFunction = 8,
};
enum ChildTag : protozero::pbf_tag_type { kNodeId = 1, kLocalName = 2 };
enum VariableTag : protozero::pbf_tag_type {
  kDType = 1,
  kShape = 2,
  kTrainable = 3,
  kVariableName = 6,
};
constexpr protozero::pbf_tag_type kName = 1;  // of user objects and functions
constexpr protozero::pbf_tag_type kBoundInputs = 2;

uint32_t AsNode(int64_t id) {
  return id < 0 || id > INT32_MAX ? UINT32_MAX : static_cast<uint32_t>(id);
}

Result<SavedObject::Child> ParseChild(Bytes message) {
  SavedObject::Child child;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "ObjectReference", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kNodeId, pbf_wire_type::varint):
        child.node = AsNode(reader.get_int32());
        return {};
      case tag_and_type(kLocalName, pbf_wire_type::length_delimited):
        child.name = AsText(BytesOf(reader.get_view()));
        return {};
      default:
        if (reader.tag() <= kLocalName) return WrongWireType(reader, "ObjectReference");
        reader.skip();
        return {};
    }
  }));
  return child;
}

Result<SavedVariable> ParseVariable(Bytes message) {
  SavedVariable variable;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "SavedVariable", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kDType, pbf_wire_type::varint):
        variable.dtype = DTypeFromCode(reader.get_uint64());
        return {};
      case tag_and_type(kShape, pbf_wire_type::length_delimited): {
        const Status status =
            tensorflow::ParseTensorShape(BytesOf(reader.get_view()), variable.dims);
        variable.has_known_rank = status.ok();
        return status.reason() == Reason::kShape ? Status() : status;
      }
      case tag_and_type(kTrainable, pbf_wire_type::varint):
        variable.trainable = reader.get_bool();
        return {};
      case tag_and_type(kVariableName, pbf_wire_type::length_delimited):
        variable.name = AsText(BytesOf(reader.get_view()));
        return {};
      default:
        reader.skip();
        return {};
    }
  }));
  return variable;
}

Result<SavedObject> ParseObject(Bytes message) {
  SavedObject object;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      message, "SavedObject", {kChildren, kUserObject, kFunction, kVariable, kBareFunction},
      [&](auto tag, Bytes value) -> Status {
        if (tag == kChildren) {
          CAIRN_ASSIGN_OR_RETURN(const SavedObject::Child child, ParseChild(value));
          object.children.push_back(child);
          return {};
        }
        if (tag == kVariable) {
          CAIRN_ASSIGN_OR_RETURN(object.variable, ParseVariable(value));
          return {};
        }
        CAIRN_ASSIGN_OR_RETURN(const auto names, TextsOf(value, "SavedObject", kName));
        if (tag == kUserObject) {
          if (!names.empty()) object.identifier = names.back();
        } else {
          object.functions = names;
        }
        return {};
      }));
  return object;
}

Status ParseConcreteFunction(Bytes message, SavedObjectGraph& graph) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry,
                         ParseMapEntry(message, "SavedObjectGraph.concrete_functions"));
  CAIRN_ASSIGN_OR_RETURN(const auto inputs,
                         IntegersOf(entry.value, "SavedConcreteFunction", kBoundInputs));
  std::vector<uint32_t>& nodes = graph.bound_inputs[entry.key];
  for (const int64_t input : inputs) nodes.push_back(AsNode(input));
  return {};
}

Status CheckNode(uint32_t node, const SavedObjectGraph& graph) {
  if (node < graph.nodes.size()) return {};
  return Status(Reason::kGraph, "the objects of the SavedModel refer to node " +
                                    (node == UINT32_MAX ? "-1" : std::to_string(node)) +
                                    ", there are " + std::to_string(graph.nodes.size()));
}

Status CheckNodes(const SavedObjectGraph& graph) {
  for (const SavedObject& object : graph.nodes) {
    for (const SavedObject::Child& child : object.children)
      CAIRN_RETURN_IF_ERROR(CheckNode(child.node, graph));
  }
  for (const auto& [name, nodes] : graph.bound_inputs) {
    for (const uint32_t node : nodes) CAIRN_RETURN_IF_ERROR(CheckNode(node, graph));
  }
  return {};
}

}  // namespace

Result<SavedObjectGraph> ParseSavedObjectGraph(Bytes message) {
  SavedObjectGraph graph;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      message, "SavedObjectGraph", {kNodes, kConcreteFunctions},
      [&](auto tag, Bytes value) -> Status {
        if (tag == kConcreteFunctions) return ParseConcreteFunction(value, graph);
        if (graph.nodes.size() == Limits().num_tensors) {
          return Status(Reason::kLimit, "a SavedModel of more than " +
                                            std::to_string(Limits().num_tensors) + " objects");
        }
        CAIRN_ASSIGN_OR_RETURN(SavedObject object, ParseObject(value));
        graph.nodes.push_back(std::move(object));
        return {};
      }));
  CAIRN_RETURN_IF_ERROR(CheckNodes(graph));
  return graph;
}

}  // namespace cairn
