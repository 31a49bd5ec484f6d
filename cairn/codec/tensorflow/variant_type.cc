#include "cairn/codec/tensorflow/variant_type.h"

#include "cairn/codec/protobuf.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum VariantTag : protozero::pbf_tag_type { kTypeName = 1 };

}  // namespace

Result<std::string_view> VariantTypeName(Bytes message) {
  std::string_view name;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "VariantTensorDataProto", [&](protozero::pbf_reader& reader) -> Status {
        if (reader.tag_and_type() == tag_and_type(kTypeName, pbf_wire_type::length_delimited)) {
          name = AsText(BytesOf(reader.get_view()));
          return {};
        }
        if (reader.tag() == kTypeName) return WrongWireType(reader, "VariantTensorDataProto");
        reader.skip();
        return {};
      }));
  return name;
}

}  // namespace cairn::tensorflow
