#include "cairn/graph/meta_graph.h"

#include <algorithm>

#include "cairn/codec/protobuf.h"
#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/core/limits.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum MetaGraphTag : protozero::pbf_tag_type { kMetaInfo = 1, kGraph = 2, kSignatures = 5 };
enum MetaInfoTag : protozero::pbf_tag_type { kTensorflowVersion = 5 };
enum GraphTag : protozero::pbf_tag_type { kNodes = 1 };
enum NodeTag : protozero::pbf_tag_type { kName = 1, kOp = 2, kInput = 3, kAttributes = 5 };
enum SignatureTag : protozero::pbf_tag_type { kInputs = 1, kOutputs = 2 };
enum TensorInfoTag : protozero::pbf_tag_type { kDType = 2, kShape = 3 };
enum MapTag : protozero::pbf_tag_type { kKey = 1, kValue = 2 };

// Calls `take` with each field of bytes of the message whose tag is known: those of another wire
// type are an error, other tags are passed over.
template <typename Take>
Status ForEachBytes(Bytes message, const char* name, std::span<const protozero::pbf_tag_type> tags,
                    Take take) {
  return ForEachField(message, name, [&](pbf_reader& reader) -> Status {
    if (std::ranges::find(tags, reader.tag()) == tags.end()) {
      reader.skip();
      return {};
    }
    if (reader.wire_type() != pbf_wire_type::length_delimited) return WrongWireType(reader, name);
    const protozero::pbf_tag_type tag = reader.tag();
    return take(tag, BytesOf(reader.get_view()));
  });
}

struct MapEntry {
  std::string_view key;
  Bytes value;
};

Result<MapEntry> ParseMapEntry(Bytes message, const char* name) {
  MapEntry entry;
  constexpr protozero::pbf_tag_type kTags[] = {kKey, kValue};
  CAIRN_RETURN_IF_ERROR(ForEachBytes(message, name, kTags, [&](auto tag, Bytes value) -> Status {
    if (tag == kKey) {
      entry.key = AsText(value);
    } else {
      entry.value = value;
    }
    return {};
  }));
  return entry;
}

// A shape of unknown rank is left as it is.
Status ParseDims(Bytes message, SignatureTensor& tensor) {
  const Status status = tensorflow::ParseTensorShape(message, tensor.dims);
  tensor.has_known_rank = status.ok();
  return status.reason() == Reason::kShape ? Status() : status;
}

Result<SignatureTensor> ParseSignatureTensor(Bytes message) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry, ParseMapEntry(message, "SignatureDef"));
  SignatureTensor tensor{entry.key};
  CAIRN_RETURN_IF_ERROR(ForEachField(entry.value, "TensorInfo", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kDType, pbf_wire_type::varint):
        tensor.dtype = DTypeFromCode(reader.get_uint64());
        return {};
      case tag_and_type(kShape, pbf_wire_type::length_delimited):
        return ParseDims(BytesOf(reader.get_view()), tensor);
      default:
        if (reader.tag() == kDType || reader.tag() == kShape)
          return WrongWireType(reader, "TensorInfo");
        reader.skip();
        return {};
    }
  }));
  return tensor;
}

Result<Signature> ParseSignature(Bytes message) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry,
                         ParseMapEntry(message, "MetaGraphDef.signature_def"));
  Signature signature;
  signature.name = entry.key;
  constexpr protozero::pbf_tag_type kTags[] = {kInputs, kOutputs};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(entry.value, "SignatureDef", kTags, [&](auto tag, Bytes value) -> Status {
        CAIRN_ASSIGN_OR_RETURN(SignatureTensor tensor, ParseSignatureTensor(value));
        (tag == kInputs ? signature.inputs : signature.outputs).push_back(std::move(tensor));
        return {};
      }));
  std::ranges::sort(signature.inputs, {}, &SignatureTensor::name);
  std::ranges::sort(signature.outputs, {}, &SignatureTensor::name);
  return signature;
}

Result<std::string_view> ParseTensorflowVersion(Bytes message) {
  std::string_view version;
  constexpr protozero::pbf_tag_type kTags[] = {kTensorflowVersion};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "MetaInfoDef", kTags, [&](auto /*tag*/, Bytes value) -> Status {
        version = AsText(value);
        return {};
      }));
  return version;
}

Result<MetaGraph::Node> ParseNode(Bytes message) {
  MetaGraph::Node node{{}, {}, message};
  constexpr protozero::pbf_tag_type kTags[] = {kName, kOp};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "NodeDef", kTags, [&](auto tag, Bytes value) -> Status {
        (tag == kName ? node.name : node.op) = AsText(value);
        return {};
      }));
  return node;
}

}  // namespace

Status MetaGraph::ParseGraph(Bytes message) {
  constexpr protozero::pbf_tag_type kTags[] = {kNodes};
  return ForEachBytes(message, "GraphDef", kTags, [&](auto /*tag*/, Bytes value) -> Status {
    if (nodes_.size() == Limits().num_tensors) {
      return Status(Reason::kLimit,
                    "a graph of more than " + std::to_string(Limits().num_tensors) + " nodes");
    }
    CAIRN_ASSIGN_OR_RETURN(const Node node, ParseNode(value));
    by_name_.emplace(node.name, nodes_.size());
    nodes_.push_back(node);
    return {};
  });
}

Result<MetaGraph> MetaGraph::Parse(Bytes message) {
  MetaGraph graph;
  constexpr protozero::pbf_tag_type kTags[] = {kMetaInfo, kGraph, kSignatures};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "MetaGraphDef", kTags, [&](auto tag, Bytes value) -> Status {
        if (tag == kGraph) return graph.ParseGraph(value);
        if (tag == kSignatures) {
          CAIRN_ASSIGN_OR_RETURN(Signature signature, ParseSignature(value));
          graph.signatures_.push_back(std::move(signature));
          return {};
        }
        CAIRN_ASSIGN_OR_RETURN(graph.tensorflow_version_, ParseTensorflowVersion(value));
        return {};
      }));
  std::ranges::sort(graph.signatures_, {}, &Signature::name);
  return graph;
}

const MetaGraph::Node* MetaGraph::Find(std::string_view input) const {
  if (input.starts_with('^')) input.remove_prefix(1);
  const auto found = by_name_.find(input.substr(0, input.find(':')));
  return found == by_name_.end() ? nullptr : &nodes_[found->second];
}

Result<std::vector<std::string_view>> InputsOf(const MetaGraph::Node& node) {
  std::vector<std::string_view> inputs;
  constexpr protozero::pbf_tag_type kTags[] = {kInput};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(node.message, "NodeDef", kTags, [&](auto /*tag*/, Bytes value) -> Status {
        inputs.push_back(AsText(value));
        return {};
      }));
  return inputs;
}

Result<std::optional<Bytes>> AttributeOf(const MetaGraph::Node& node, std::string_view name) {
  std::optional<Bytes> found;
  constexpr protozero::pbf_tag_type kTags[] = {kAttributes};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(node.message, "NodeDef", kTags, [&](auto /*tag*/, Bytes value) -> Status {
        CAIRN_ASSIGN_OR_RETURN(const MapEntry entry, ParseMapEntry(value, "NodeDef.attr"));
        if (entry.key == name) found = entry.value;
        return {};
      }));
  return found;
}

}  // namespace cairn
