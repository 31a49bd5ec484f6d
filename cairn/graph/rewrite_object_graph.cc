#include "cairn/graph/rewrite_object_graph.h"

#include <protozero/pbf_writer.hpp>
#include <vector>

#include "cairn/codec/copy_fields.h"
#include "cairn/graph/object_graph.h"
#include "cairn/graph/object_graph_fields.h"
#include "cairn/graph/remaining_objects.h"

namespace cairn {
namespace {

using namespace object_graph;  // the numbers of the fields
using protozero::pbf_reader;
using protozero::pbf_writer;

constexpr const char* kMessage = "TrackableObjectGraph";
constexpr uint32_t kLeftOut = UINT32_MAX;

// The new number of the node that a field of a reference names.
struct NewId {
  protozero::pbf_tag_type field;
  uint32_t id;
};
Result<bool> WriteReference(Bytes message, protozero::pbf_tag_type tag,
                            std::initializer_list<NewId> new_ids, std::string& out) {
  std::string reference;
  CAIRN_RETURN_IF_ERROR(CopyFields(
      message, kMessage, reference, [&](pbf_reader& reader, std::string& to) -> Result<bool> {
        const auto field = reader.tag();
        reader.skip();
        for (const NewId& new_id : new_ids) {
          if (field != new_id.field) continue;
          pbf_writer(to).add_int32(new_id.field, static_cast<int32_t>(new_id.id));
          return true;
        }
        return false;
      }));
  pbf_writer(out).add_message(tag, reference);
  return true;
}

class Rewriter {
 public:
  Rewriter(const ObjectGraph& graph, std::vector<std::optional<std::string>> new_keys,
           const std::vector<bool>& remains)
      : graph_(graph), new_keys_(std::move(new_keys)), new_ids_(remains.size(), kLeftOut) {
    uint32_t num_remaining = 0;
    for (size_t node = 0; node < remains.size(); ++node) {
      if (remains[node]) new_ids_[node] = num_remaining++;
    }
  }

  Result<std::string> Run(Bytes message) {
    std::string graph;
    uint32_t node = 0;
    CAIRN_RETURN_IF_ERROR(CopyFields(message, kMessage, graph,
                                     [&](pbf_reader& reader, std::string& out) -> Result<bool> {
                                       if (reader.tag() == kNodes)
                                         return WriteNode(node++, BytesOf(reader.get_view()), out);
                                       reader.skip();
                                       return false;
                                     }));
    return graph;
  }

 private:
  Result<bool> WriteNode(uint32_t node, Bytes message, std::string& out) {
    // Keys are numbered through all nodes, also those that are left out.
    const size_t first_key = next_key_;
    next_key_ += graph_.attributes(node).size();
    if (new_ids_[node] == kLeftOut) return true;
    auto child = graph_.children(node).begin();
    auto attribute = graph_.attributes(node).begin();
    auto new_key = new_keys_.begin() + static_cast<ptrdiff_t>(first_key);
    auto slot = graph_.slots(node).begin();
    std::string object;
    CAIRN_RETURN_IF_ERROR(CopyFields(
        message, kMessage, object, [&](pbf_reader& reader, std::string& to) -> Result<bool> {
          switch (reader.tag()) {
            case kChildren:
              return WriteChild(*child++, BytesOf(reader.get_view()), to);
            case kAttributes:
              return WriteAttribute(*attribute++, *new_key++, BytesOf(reader.get_view()), to);
            case kSlotVariables:
              return WriteSlot(*slot++, BytesOf(reader.get_view()), to);
            default:
              reader.skip();
              return false;
          }
        }));
    pbf_writer(out).add_message(kNodes, object);
    return true;
  }

  Result<bool> WriteChild(const ObjectGraph::Child& child, Bytes message, std::string& out) const {
    const uint32_t id = new_ids_[child.node];
    if (id == kLeftOut) return true;
    if (id == child.node) return false;
    return WriteReference(message, kChildren, {{kNodeId, id}}, out);
  }

  static Result<bool> WriteAttribute(const ObjectGraph::Attribute& attribute,
                                     const std::optional<std::string>& new_key, Bytes message,
                                     std::string& out) {
    if (!new_key) return true;
    if (*new_key == attribute.checkpoint_key) return false;
    std::string renamed;
    CAIRN_RETURN_IF_ERROR(CopyFields(message, kMessage, renamed,
                                     [&](pbf_reader& reader, std::string& to) -> Result<bool> {
                                       const bool is_key = reader.tag() == kCheckpointKey;
                                       reader.skip();
                                       if (!is_key) return false;
                                       pbf_writer(to).add_bytes(kCheckpointKey, *new_key);
                                       return true;
                                     }));
    pbf_writer(out).add_message(kAttributes, renamed);
    return true;
  }

  Result<bool> WriteSlot(const ObjectGraph::Slot& slot, Bytes message, std::string& out) const {
    const uint32_t variable = new_ids_[slot.variable];
    const uint32_t slot_variable = new_ids_[slot.slot_variable];
    if (variable == kLeftOut || slot_variable == kLeftOut) return true;
    if (variable == slot.variable && slot_variable == slot.slot_variable) return false;
    return WriteReference(message, kSlotVariables,
                          {{kOriginal, variable}, {kSlotVariable, slot_variable}}, out);
  }

  const ObjectGraph& graph_;
  std::vector<std::optional<std::string>> new_keys_;  // of all attributes of all nodes
  size_t next_key_ = 0;
  std::vector<uint32_t> new_ids_;
};

// An attribute without a key names no tensor, and stays.
std::vector<std::optional<std::string>> NewKeys(const ObjectGraph& graph, const NewKeyOf& new_key) {
  std::vector<std::optional<std::string>> keys;
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node)) {
      const std::string_view key = attribute.checkpoint_key;
      keys.push_back(key.empty() ? std::optional<std::string>("") : new_key(key));
    }
  }
  return keys;
}

bool IsUnchanged(const ObjectGraph& graph,
                 const std::vector<std::optional<std::string>>& new_keys) {
  auto new_key = new_keys.begin();
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node)) {
      if (*new_key++ != attribute.checkpoint_key) return false;
    }
  }
  return true;
}

}  // namespace

Result<std::string> RewriteObjectGraph(std::string message, const NewKeyOf& new_key) {
  CAIRN_ASSIGN_OR_RETURN(const ObjectGraph graph, ObjectGraph::Parse(message));
  std::vector<std::optional<std::string>> new_keys = NewKeys(graph, new_key);
  if (IsUnchanged(graph, new_keys)) return message;
  std::vector<bool> remains = FindRemainingObjects(graph, new_keys);
  return Rewriter(graph, std::move(new_keys), remains).Run(AsBytes(message));
}

}  // namespace cairn
