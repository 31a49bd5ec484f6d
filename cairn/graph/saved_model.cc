#include "cairn/graph/saved_model.h"

#include <optional>

#include "cairn/codec/protobuf.h"

namespace cairn {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum SavedModelTag : protozero::pbf_tag_type { kSchemaVersion = 1, kMetaGraphs = 2 };

}  // namespace

Result<Bytes> FindMetaGraph(Bytes saved_model) {
  std::optional<Bytes> graph;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(saved_model, "SavedModel", [&](protozero::pbf_reader& reader) -> Status {
        switch (reader.tag_and_type()) {
          case tag_and_type(kMetaGraphs, pbf_wire_type::length_delimited): {
            const Bytes message = BytesOf(reader.get_view());
            // The graphs of a SavedModel differ in their tags and share its variables, so the first
            // is enough.
            if (!graph) graph = message;
            return {};
          }
          case tag_and_type(kSchemaVersion, pbf_wire_type::varint):
            reader.skip();
            return {};
          default:
            if (reader.tag() <= kMetaGraphs) return WrongWireType(reader, "SavedModel");
            reader.skip();
            return {};
        }
      }));
  if (!graph) return Status(Reason::kFormat, "it has no graph");
  return *graph;
}

}  // namespace cairn
