#include "cairn/graph/string_constant.h"

#include "cairn/codec/tensorflow/tensor_proto.h"
#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

constexpr protozero::pbf_tag_type kTensorShape = 2;

Result<uint64_t> NumElementsOf(Bytes tensor) {
  std::vector<int64_t> dims;
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(tensor, "TensorProto", {kTensorShape}, [&](auto /*tag*/, Bytes shape) {
        dims.clear();
        return tensorflow::ParseTensorShape(shape, dims);
      }));
  return NumElements(dims);
}

}  // namespace

Result<StringTensor> StringsOfConstant(const GraphNode& node) {
  if (node.op != "Const") return Status(Reason::kGraph, Quoted(node.name) + " is not a constant");
  CAIRN_ASSIGN_OR_RETURN(const auto value, AttributeOf(node, "value"));
  if (!value) return Status(Reason::kGraph, Quoted(node.name) + " has no value");
  CAIRN_ASSIGN_OR_RETURN(const auto tensor, TensorOfAttribute(*value));
  if (!tensor) return Status(Reason::kGraph, Quoted(node.name) + " has no value");
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElementsOf(*tensor));
  return tensorflow::DecodeStringTensorProto(*tensor, num_elements);
}

}  // namespace cairn
