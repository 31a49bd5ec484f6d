#include "cairn/graph/saved_model.h"

#include "cairn/codec/protobuf.h"

namespace cairn {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum SavedModelTag : protozero::pbf_tag_type { kSchemaVersion = 1, kMetaGraphs = 2 };

}  // namespace

Status CheckSavedModel(Bytes message) {
  bool has_graph = false;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "SavedModel", [&](protozero::pbf_reader& reader) -> Status {
        const bool is_right =
            reader.tag_and_type() == tag_and_type(kMetaGraphs, pbf_wire_type::length_delimited) ||
            reader.tag_and_type() == tag_and_type(kSchemaVersion, pbf_wire_type::varint);
        if (!is_right && reader.tag() <= kMetaGraphs) return WrongWireType(reader, "SavedModel");
        has_graph = has_graph || reader.tag() == kMetaGraphs;
        reader.skip();
        return {};
      }));
  return has_graph ? Status() : Status(Reason::kFormat, "it has no graph");
}

}  // namespace cairn
