#include "cli/print/signature_text.h"

#include "cairn/core/escape.h"

namespace cairn::cli {
namespace {

// "x float32[?,784]"; "x string" where the shape may be any.
std::string TensorText(const SignatureTensorDescription& tensor) {
  std::string text = Escape(tensor.name);
  if (tensor.dtype) text.append(" ").append(Name(*tensor.dtype));
  return text + DimsText(tensor.dims);
}

std::string Joined(const std::vector<SignatureTensorDescription>& tensors) {
  std::string text;
  for (const SignatureTensorDescription& tensor : tensors)
    text += (text.empty() ? "" : ", ") + TensorText(tensor);
  return text;
}

void WriteSignatureTensors(JsonWriter& json, std::string_view key,
                           const std::vector<SignatureTensorDescription>& tensors) {
  json.Key(key);
  json.BeginArray();
  for (const SignatureTensorDescription& tensor : tensors) {
    json.BeginObject();
    json.Name("name", tensor.name);
    WriteTypeAndShape(json, tensor.dtype, tensor.dims);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string DimsText(const std::optional<std::vector<int64_t>>& dims) {
  if (!dims) return "";
  std::string text;
  for (const int64_t dim : *dims)
    text += (text.empty() ? "" : ",") + (dim < 0 ? "?" : std::to_string(dim));
  return "[" + text + "]";
}

std::string SignatureText(const SignatureDescription& signature) {
  return Escape(signature.name) + "(" + Joined(signature.inputs) + ") -> " +
         Joined(signature.outputs);
}

void WriteTypeAndShape(JsonWriter& json, const std::optional<DType>& dtype,
                       const std::optional<std::vector<int64_t>>& dims) {
  json.Key("dtype");
  dtype ? json.String(Name(*dtype)) : json.Null();
  if (dims) {
    json.Dims("shape", *dims);
  } else {
    json.Key("shape");
    json.Null();
  }
}

void WriteSignatures(JsonWriter& json, const std::vector<SignatureDescription>& signatures) {
  json.Key("signatures");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const SignatureDescription& signature : signatures) {
    json.BeginObject();
    json.Name("name", signature.name);
    WriteSignatureTensors(json, "inputs", signature.inputs);
    WriteSignatureTensors(json, "outputs", signature.outputs);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace cairn::cli
