#include "cairn/graph/save_layouts.h"

#include <algorithm>
#include <array>

#include "cairn/codec/protobuf.h"
#include "cairn/codec/tensorflow/tensor_proto.h"
#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;
using tensorflow::SavedTensor;
using tensorflow::SaveLayout;

enum AttrTag : protozero::pbf_tag_type { kList = 1, kShape = 7, kTensor = 8 };
enum ListTag : protozero::pbf_tag_type { kTypes = 6, kShapes = 7 };

// Inputs of SaveV2 before the tensors.
constexpr size_t kNamesInput = 1;
constexpr size_t kSlicesInput = 2;
constexpr size_t kFirstTensor = 3;

// From a saved value to its variable: no graph is so deep, a cycle is.
constexpr int kMaxSteps = 64;
constexpr std::array<std::string_view, 4> kVariableOps = {"VarHandleOp", "VariableV2", "Variable",
                                                          "AutoReloadVariable"};
constexpr std::array<std::string_view, 4> kSameShapeOps = {"Identity", "ReadVariableOp",
                                                           "RefIdentity", "Snapshot"};

// The messages of a tag in an AttrValue or its list.
Result<std::vector<Bytes>> MessagesOf(Bytes message, protozero::pbf_tag_type tag) {
  std::vector<Bytes> messages;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "AttrValue", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(tag, pbf_wire_type::length_delimited)) {
      messages.push_back(BytesOf(reader.get_view()));
    } else {
      reader.skip();
    }
    return {};
  }));
  return messages;
}

Result<std::vector<DType>> TypesOf(Bytes list) {
  std::vector<DType> types;
  const auto add = [&](uint64_t code) -> Status {
    const auto dtype = DTypeFromCode(code);
    if (!dtype) return Status(Reason::kDType, "dtype code " + std::to_string(code));
    types.push_back(*dtype);
    return {};
  };
  CAIRN_RETURN_IF_ERROR(
      ForEachField(list, "AttrValue.ListValue", [&](pbf_reader& reader) -> Status {
        switch (reader.tag_and_type()) {
          // Protobuf requires a reader to accept a repeated number both packed and as single
          // fields.
          case tag_and_type(kTypes, pbf_wire_type::varint):
            return add(reader.get_uint64());
          case tag_and_type(kTypes, pbf_wire_type::length_delimited):
            for (const uint64_t code : reader.get_packed_uint64()) CAIRN_RETURN_IF_ERROR(add(code));
            return {};
          default:
            reader.skip();
            return {};
        }
      }));
  return types;
}

// The one message of `tag` in an attribute of a node; nothing where there is none.
Result<std::optional<Bytes>> MessageOf(const MetaGraph::Node& node, std::string_view attribute,
                                       protozero::pbf_tag_type tag) {
  CAIRN_ASSIGN_OR_RETURN(const auto value, AttributeOf(node, attribute));
  if (!value) return std::optional<Bytes>();
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Bytes> messages, MessagesOf(*value, tag));
  return messages.empty() ? std::optional<Bytes>() : messages.back();
}

// Reads the saves of a graph one by one.
class SaveReader {
 public:
  explicit SaveReader(const MetaGraph& graph) : graph_(graph) {}

  Result<SaveLayout> Read(const MetaGraph::Node& save) const {
    CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string_view> inputs, InputsOf(save));
    CAIRN_ASSIGN_OR_RETURN(const auto list, MessageOf(save, "dtypes", kList));
    CAIRN_ASSIGN_OR_RETURN(const std::vector<DType> dtypes, TypesOf(list.value_or(Bytes())));
    // More inputs than tensors are normal: control inputs come last.
    if (inputs.size() < kFirstTensor + dtypes.size())
      return Status(Reason::kGraph, "it has more dtypes than tensors");
    CAIRN_ASSIGN_OR_RETURN(const StringTensor names, Constant(inputs[kNamesInput], dtypes.size()));
    CAIRN_ASSIGN_OR_RETURN(const StringTensor specs, Constant(inputs[kSlicesInput], dtypes.size()));
    SaveLayout layout;
    for (size_t i = 0; i < dtypes.size(); ++i) {
      SavedTensor tensor{std::string(names[i]), dtypes[i], {}, {}};
      // A spec tells the shape of the whole variable. Without one the input is the whole variable,
      // and only the graph knows its shape.
      if (const std::string_view spec = specs[i]; !spec.empty()) {
        CAIRN_ASSIGN_OR_RETURN(tensorflow::SliceSpec parsed, tensorflow::ParseSliceSpec(spec));
        tensor.dims = std::move(parsed.dims);
        tensor.slice = std::move(parsed.slice);
      } else {
        auto dims = DimsOf(inputs[kFirstTensor + i]);
        if (!dims.ok()) return dims.status().In("the shape of " + Quoted(tensor.name));
        tensor.dims = *std::move(dims);
      }
      layout.push_back(std::move(tensor));
    }
    return layout;
  }

 private:
  Result<StringTensor> Constant(std::string_view input, size_t num_elements) const {
    const MetaGraph::Node* const node = graph_.Find(input);
    if (node == nullptr || node->op != "Const")
      return Status(Reason::kGraph, Quoted(input) + " is not a constant");
    CAIRN_ASSIGN_OR_RETURN(const auto tensor, MessageOf(*node, "value", kTensor));
    if (!tensor) return Status(Reason::kGraph, Quoted(input) + " has no value");
    return tensorflow::DecodeStringTensorProto(*tensor, num_elements);
  }

  // From the saved value back to what knows its shape.
  Result<std::vector<int64_t>> DimsOf(std::string_view input) const {
    for (int step = 0; step < kMaxSteps; ++step) {
      const MetaGraph::Node* const node = graph_.Find(input);
      if (node == nullptr) return Status(Reason::kGraph, "there is no node " + Quoted(input));
      CAIRN_ASSIGN_OR_RETURN(const auto message, ShapeMessage(*node, OutputOf(input)));
      if (message) {
        std::vector<int64_t> dims;
        CAIRN_RETURN_IF_ERROR(tensorflow::ParseTensorShape(*message, dims));
        // A graph may leave a dimension open, as -1. No size follows from that.
        CAIRN_RETURN_IF_ERROR(NumElements(dims).status());
        return dims;
      }
      CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string_view> inputs, InputsOf(*node));
      const bool has_same_shape =
          std::ranges::find(kSameShapeOps, node->op) != kSameShapeOps.end() && !inputs.empty();
      if (!has_same_shape) return Status(Reason::kGraph, "is not told by " + Quoted(node->op));
      input = inputs[0];
    }
    return Status(Reason::kGraph, "is not found");
  }

  static Result<std::optional<Bytes>> ShapeMessage(const MetaGraph::Node& node, size_t output) {
    if (std::ranges::find(kVariableOps, node.op) != kVariableOps.end())
      return MessageOf(node, "shape", kShape);
    CAIRN_ASSIGN_OR_RETURN(const auto list, MessageOf(node, "_output_shapes", kList));
    if (!list) return std::optional<Bytes>();
    CAIRN_ASSIGN_OR_RETURN(const std::vector<Bytes> shapes, MessagesOf(*list, kShapes));
    return output < shapes.size() ? std::optional(shapes[output]) : std::nullopt;
  }

  const MetaGraph& graph_;
};

}  // namespace

Result<SaveLayouts> FindSaveLayouts(const MetaGraph& graph) {
  SaveLayouts found;
  const SaveReader reader(graph);
  for (const MetaGraph::Node& node : graph.nodes()) {
    if (node.op != "SaveV2") continue;
    Result<SaveLayout> layout = reader.Read(node);
    if (!layout.ok() && layout.status().reason() == Reason::kProto) return layout.status();
    if (!layout.ok()) {
      found.unknown.emplace_back(layout.status().In(Quoted(node.name)).message());
    } else if (std::ranges::find(found.layouts, *layout) == found.layouts.end()) {
      found.layouts.push_back(*std::move(layout));
    }
  }
  return found;
}

}  // namespace cairn
