#include "cli/print/element_json.h"

#include <cmath>

#include "cairn/core/base64.h"
#include "cairn/core/escape.h"
#include "cli/print/element.h"
#include "cli/print/float_column.h"

namespace cairn::cli {
namespace {

void WriteFloat(JsonWriter& json, DType dtype, double value) {
  if (std::isnan(value)) return json.String("NaN");
  if (std::isinf(value)) return json.String(value < 0 ? "-Inf" : "Inf");
  json.Raw(ScalarText(value, dtype, ScalarPoint::kKeep));
}

}  // namespace

void WriteNumberElement(JsonWriter& json, DType dtype, const std::byte* at) {
  switch (KindOf(dtype)) {
    case DTypeKind::kBool:
      return json.Bool(*at != std::byte{0});
    case DTypeKind::kSigned:
      return json.Signed(LoadSigned(dtype, at));
    case DTypeKind::kUnsigned:
      return json.Number(LoadUnsigned(dtype, at));
    case DTypeKind::kFloat:
      return WriteFloat(json, dtype, LoadFloat(dtype, at));
    case DTypeKind::kComplex: {
      const std::complex<double> value = LoadComplex(dtype, at);
      json.BeginArray();
      WriteFloat(json, dtype, value.real());
      WriteFloat(json, dtype, value.imag());
      return json.EndArray();
    }
    case DTypeKind::kString:
    case DTypeKind::kOpaque:
      return json.Null();  // such tensors have no elements of fixed size
  }
}

void WriteStringElement(JsonWriter& json, std::string_view bytes) {
  if (IsUtf8(bytes)) return json.String(bytes);
  json.BeginObject();
  json.Key("base64");
  json.String(EncodeBase64(bytes));
  json.EndObject();
}

}  // namespace cairn::cli
