#include "cairn/graph/signature.h"

#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum SignatureTag : protozero::pbf_tag_type { kInputs = 1, kOutputs = 2 };
enum TensorInfoTag : protozero::pbf_tag_type {
  kTensorName = 1,
  kDType = 2,
  kShape = 3,
  kSparse = 4,
  kComposite = 5,
};
enum SparseTag : protozero::pbf_tag_type { kValues = 1, kIndices = 2, kDenseShape = 3 };
enum CompositeTag : protozero::pbf_tag_type { kComponents = 2 };

// A shape of unknown rank is left as it is.
Status ParseDims(Bytes message, SignatureTensor& tensor) {
  const Status status = tensorflow::ParseTensorShape(message, tensor.dims);
  tensor.has_known_rank = status.ok();
  return status.reason() == Reason::kShape ? Status() : status;
}

Status AddSparseTensors(Bytes message, SignatureTensor& tensor) {
  return ForEachBytes(message, "TensorInfo.CooSparse", {kValues, kIndices, kDenseShape},
                      [&](auto /*tag*/, Bytes value) -> Status {
                        tensor.tensors.push_back(AsText(value));
                        return {};
                      });
}

// The components are tensors themselves; TensorFlow does not nest composite tensors in them.
Status AddComponents(Bytes message, SignatureTensor& tensor) {
  return ForEachBytes(message, "TensorInfo.CompositeTensor", {kComponents},
                      [&](auto /*tag*/, Bytes component) -> Status {
                        CAIRN_ASSIGN_OR_RETURN(const auto names,
                                               TextsOf(component, "TensorInfo", kTensorName));
                        tensor.tensors.insert(tensor.tensors.end(), names.begin(), names.end());
                        return {};
                      });
}

Result<SignatureTensor> ParseSignatureTensor(Bytes message) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry, ParseMapEntry(message, "SignatureDef"));
  SignatureTensor tensor{entry.key};
  CAIRN_RETURN_IF_ERROR(ForEachField(entry.value, "TensorInfo", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kTensorName, pbf_wire_type::length_delimited):
        tensor.tensors.push_back(AsText(BytesOf(reader.get_view())));
        return {};
      case tag_and_type(kDType, pbf_wire_type::varint):
        tensor.dtype = DTypeFromCode(reader.get_uint64());
        return {};
      case tag_and_type(kShape, pbf_wire_type::length_delimited):
        return ParseDims(BytesOf(reader.get_view()), tensor);
      case tag_and_type(kSparse, pbf_wire_type::length_delimited):
        return AddSparseTensors(BytesOf(reader.get_view()), tensor);
      case tag_and_type(kComposite, pbf_wire_type::length_delimited):
        return AddComponents(BytesOf(reader.get_view()), tensor);
      default:
        if (reader.tag() <= kComposite) return WrongWireType(reader, "TensorInfo");
        reader.skip();
        return {};
    }
  }));
  return tensor;
}

}  // namespace

Result<Signature> ParseSignature(Bytes message) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry,
                         ParseMapEntry(message, "MetaGraphDef.signature_def"));
  Signature signature;
  signature.name = entry.key;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      entry.value, "SignatureDef", {kInputs, kOutputs}, [&](auto tag, Bytes value) -> Status {
        CAIRN_ASSIGN_OR_RETURN(SignatureTensor tensor, ParseSignatureTensor(value));
        (tag == kInputs ? signature.inputs : signature.outputs).push_back(std::move(tensor));
        return {};
      }));
  std::ranges::sort(signature.inputs, {}, &SignatureTensor::name);
  std::ranges::sort(signature.outputs, {}, &SignatureTensor::name);
  return signature;
}

}  // namespace cairn
