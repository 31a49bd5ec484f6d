#include "cairn/graph/variable_def.h"

#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum VariableTag : protozero::pbf_tag_type {
  kName = 1,
  kInitializer = 2,
  kSnapshot = 3,
  kSlice = 4,
  kIsResource = 5,
  kInitialValue = 6,
  kTrainable = 7,
};
enum SliceTag : protozero::pbf_tag_type {
  kFullName = 1,
  kFullShape = 2,
  kOffset = 3,
  kShape = 4,
};

Result<SliceInfo> ParseSliceInfo(Bytes message) {
  constexpr const char* kMessage = "SaveSliceInfoDef";
  SliceInfo slice;
  CAIRN_ASSIGN_OR_RETURN(const auto names, TextsOf(message, kMessage, kFullName));
  if (!names.empty()) slice.full_name = names.back();
  CAIRN_ASSIGN_OR_RETURN(slice.full_dims, IntegersOf(message, kMessage, kFullShape));
  CAIRN_ASSIGN_OR_RETURN(slice.offset, IntegersOf(message, kMessage, kOffset));
  CAIRN_ASSIGN_OR_RETURN(slice.dims, IntegersOf(message, kMessage, kShape));
  return slice;
}

// The text field of a VariableDef with this tag; null where the tag is that of another field.
std::string_view* TextField(VariableDef& variable, protozero::pbf_tag_type tag) {
  switch (tag) {
    case kName:
      return &variable.name;
    case kInitializer:
      return &variable.initializer;
    case kSnapshot:
      return &variable.snapshot;
    case kInitialValue:
      return &variable.initial_value;
    default:
      return nullptr;
  }
}

Status ParseField(pbf_reader& reader, VariableDef& variable) {
  const bool is_bytes = reader.wire_type() == pbf_wire_type::length_delimited;
  if (std::string_view* const text = TextField(variable, reader.tag()); text && is_bytes) {
    *text = AsText(BytesOf(reader.get_view()));
    return {};
  }
  switch (reader.tag_and_type()) {
    case tag_and_type(kSlice, pbf_wire_type::length_delimited): {
      CAIRN_ASSIGN_OR_RETURN(variable.slice, ParseSliceInfo(BytesOf(reader.get_view())));
      return {};
    }
    case tag_and_type(kIsResource, pbf_wire_type::varint):
      variable.is_resource = reader.get_bool();
      return {};
    case tag_and_type(kTrainable, pbf_wire_type::varint):
      variable.trainable = reader.get_bool();
      return {};
    default:
      if (reader.tag() <= kTrainable) return WrongWireType(reader, "VariableDef");
      reader.skip();
      return {};
  }
}

}  // namespace

Result<VariableDef> ParseVariableDef(Bytes message) {
  VariableDef variable;
  CAIRN_RETURN_IF_ERROR(ForEachField(
      message, "VariableDef", [&](pbf_reader& reader) { return ParseField(reader, variable); }));
  return variable;
}

}  // namespace cairn
