#include "cairn/graph/collection.h"

#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr protozero::pbf_tag_type kValue = 1;

Result<std::vector<float>> FloatsOf(Bytes message) {
  std::vector<float> floats;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "CollectionDef.FloatList", [&](pbf_reader& reader) -> Status {
        if (reader.tag() != kValue) {
          reader.skip();
          return {};
        }
        if (reader.wire_type() == pbf_wire_type::fixed32) {
          floats.push_back(reader.get_float());
          return {};
        }
        if (reader.wire_type() != pbf_wire_type::length_delimited)
          return WrongWireType(reader, "CollectionDef.FloatList");
        for (const float value : reader.get_packed_float()) floats.push_back(value);
        return {};
      }));
  return floats;
}

// The last field that is there is the one that counts, as in every oneof.
Status ParseList(Collection::Kind kind, Bytes message, Collection& collection) {
  collection = {collection.name, kind, {}, {}, {}};
  if (kind == Collection::Kind::kIntegers) {
    CAIRN_ASSIGN_OR_RETURN(collection.integers,
                           IntegersOf(message, "CollectionDef.Int64List", kValue));
  } else if (kind == Collection::Kind::kFloats) {
    CAIRN_ASSIGN_OR_RETURN(collection.floats, FloatsOf(message));
  } else {
    CAIRN_ASSIGN_OR_RETURN(collection.texts, TextsOf(message, "CollectionDef", kValue));
  }
  return {};
}

}  // namespace

std::string_view NameOf(Collection::Kind kind) {
  switch (kind) {
    case Collection::Kind::kEmpty:
      return "";
    case Collection::Kind::kNodes:
      return "node_list";
    case Collection::Kind::kBytes:
      return "bytes_list";
    case Collection::Kind::kIntegers:
      return "int64_list";
    case Collection::Kind::kFloats:
      return "float_list";
    case Collection::Kind::kAny:
      return "any_list";
  }
  return "";
}

Result<Collection> ParseCollection(Bytes message) {
  CAIRN_ASSIGN_OR_RETURN(const MapEntry entry,
                         ParseMapEntry(message, "MetaGraphDef.collection_def"));
  Collection collection;
  collection.name = entry.key;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      entry.value, "CollectionDef", {1, 2, 3, 4, 5}, [&](auto tag, Bytes value) -> Status {
        return ParseList(static_cast<Collection::Kind>(tag), value, collection);
      }));
  return collection;
}

}  // namespace cairn
