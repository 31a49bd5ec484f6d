#include "cairn/graph/object_graph.h"

#include <algorithm>

#include "cairn/codec/protobuf.h"
#include "cairn/core/escape.h"
#include "cairn/core/limits.h"
#include "cairn/graph/object_graph_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

using namespace object_graph;  // the numbers of the fields

std::string_view TextOf(pbf_reader& reader) { return AsText(BytesOf(reader.get_view())); }

// An id as the message has it; whether there is such a node is known at the end.
uint32_t IdOf(pbf_reader& reader) {
  const int32_t id = reader.get_int32();
  return id < 0 ? UINT32_MAX : static_cast<uint32_t>(id);
}

Status ParseChild(Bytes message, ObjectGraph::Child& child) {
  return ForEachField(message, "ObjectReference", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kNodeId, pbf_wire_type::varint):
        child.node = IdOf(reader);
        return {};
      case tag_and_type(kLocalName, pbf_wire_type::length_delimited):
        child.name = TextOf(reader);
        return {};
      default:
        if (reader.tag() <= kLocalName) return WrongWireType(reader, "ObjectReference");
        reader.skip();
        return {};
    }
  });
}

Status ParseAttribute(Bytes message, ObjectGraph::Attribute& attribute) {
  return ForEachField(message, "SerializedTensor", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kName, pbf_wire_type::length_delimited):
        attribute.name = TextOf(reader);
        return {};
      case tag_and_type(kFullName, pbf_wire_type::length_delimited):
        attribute.full_name = TextOf(reader);
        return {};
      case tag_and_type(kCheckpointKey, pbf_wire_type::length_delimited):
        attribute.checkpoint_key = TextOf(reader);
        return {};
      default:
        if (reader.tag() <= kCheckpointKey) return WrongWireType(reader, "SerializedTensor");
        reader.skip();
        return {};
    }
  });
}

Status ParseSlot(Bytes message, ObjectGraph::Slot& slot) {
  return ForEachField(message, "SlotVariableReference", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kOriginal, pbf_wire_type::varint):
        slot.variable = IdOf(reader);
        return {};
      case tag_and_type(kSlotName, pbf_wire_type::length_delimited):
        slot.name = TextOf(reader);
        return {};
      case tag_and_type(kSlotVariable, pbf_wire_type::varint):
        slot.slot_variable = IdOf(reader);
        return {};
      default:
        if (reader.tag() <= kSlotVariable) return WrongWireType(reader, "SlotVariableReference");
        reader.skip();
        return {};
    }
  });
}

}  // namespace

class ObjectGraph::Parser {
 public:
  explicit Parser(std::string message) {
    arrays_.message = std::make_unique<const std::string>(std::move(message));
  }

  Result<ObjectGraph> Run() {
    CAIRN_RETURN_IF_ERROR(ForEachField(
        AsBytes(*arrays_.message), "TrackableObjectGraph", [&](pbf_reader& reader) -> Status {
          if (reader.tag_and_type() == tag_and_type(kNodes, pbf_wire_type::length_delimited))
            return ParseObject(BytesOf(reader.get_view()));
          if (reader.tag() == kNodes) return WrongWireType(reader, "TrackableObjectGraph");
          reader.skip();
          return {};
        }));
    BeginNode();  // the end
    CAIRN_RETURN_IF_ERROR(CheckIds());
    ObjectGraph graph;
    graph.arrays_ = std::make_shared<const Arrays>(std::move(arrays_));
    return graph;
  }

 private:
  void BeginNode() {
    arrays_.nodes.push_back({static_cast<uint32_t>(arrays_.children.size()),
                             static_cast<uint32_t>(arrays_.attributes.size()),
                             static_cast<uint32_t>(arrays_.slots.size()), false});
  }

  Status ParseObject(Bytes message) {
    const size_t node = arrays_.nodes.size();
    if (node == Limits().num_tensors)
      return Status(Reason::kLimit,
                    "an object graph of more than " + std::to_string(node) + " nodes");
    BeginNode();
    CAIRN_RETURN_IF_ERROR(ForEachField(message, "TrackableObject",
                                       [&](pbf_reader& reader) { return ParseField(reader); }));
    return CheckNames(node);
  }

  Status ParseField(pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case tag_and_type(kChildren, pbf_wire_type::length_delimited):
        return ParseChild(BytesOf(reader.get_view()), arrays_.children.emplace_back());
      case tag_and_type(kAttributes, pbf_wire_type::length_delimited):
        return ParseAttribute(BytesOf(reader.get_view()), arrays_.attributes.emplace_back());
      case tag_and_type(kSlotVariables, pbf_wire_type::length_delimited):
        return ParseSlot(BytesOf(reader.get_view()), arrays_.slots.emplace_back());
      case tag_and_type(kRegisteredSaver, pbf_wire_type::length_delimited):
        arrays_.nodes.back().has_registered_saver = true;
        reader.skip();
        return {};
      default:
        if (reader.tag() <= kSlotVariables) return WrongWireType(reader, "TrackableObject");
        reader.skip();
        return {};
    }
  }

  Status CheckNames(size_t node) const {
    std::vector<std::string_view> names;
    for (size_t i = arrays_.nodes[node].children; i < arrays_.children.size(); ++i)
      names.push_back(arrays_.children[i].name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice == names.end()) return {};
    return Status(Reason::kGraph, "node " + std::to_string(node) + " of the object graph has two " +
                                      "children " + Quoted(*twice));
  }

  Status CheckIds() const {
    const size_t num_nodes = arrays_.nodes.size() - 1;
    const auto check = [&](uint32_t id) -> Status {
      if (id < num_nodes) return {};
      return Status(Reason::kGraph, "the object graph refers to node " +
                                        (id == UINT32_MAX ? "-1" : std::to_string(id)) +
                                        ", it has " + std::to_string(num_nodes));
    };
    for (const Child& child : arrays_.children) CAIRN_RETURN_IF_ERROR(check(child.node));
    for (const Slot& slot : arrays_.slots) {
      CAIRN_RETURN_IF_ERROR(check(slot.variable));
      CAIRN_RETURN_IF_ERROR(check(slot.slot_variable));
    }
    return {};
  }

  Arrays arrays_;
};

Result<ObjectGraph> ObjectGraph::Parse(std::string message) {
  return Parser(std::move(message)).Run();
}

std::span<const ObjectGraph::Child> ObjectGraph::children(uint32_t node) const {
  const uint32_t begin = arrays_->nodes[node].children;
  return std::span(arrays_->children).subspan(begin, arrays_->nodes[node + 1].children - begin);
}

std::span<const ObjectGraph::Attribute> ObjectGraph::attributes(uint32_t node) const {
  const uint32_t begin = arrays_->nodes[node].attributes;
  return std::span(arrays_->attributes).subspan(begin, arrays_->nodes[node + 1].attributes - begin);
}

std::span<const ObjectGraph::Slot> ObjectGraph::slots(uint32_t node) const {
  const uint32_t begin = arrays_->nodes[node].slots;
  return std::span(arrays_->slots).subspan(begin, arrays_->nodes[node + 1].slots - begin);
}

}  // namespace cairn
