// Reads the fields of a message whose values are bytes: strings, messages, and entries of maps.
#ifndef CAIRN_GRAPH_MESSAGE_FIELDS_H_
#define CAIRN_GRAPH_MESSAGE_FIELDS_H_

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "cairn/codec/protobuf.h"

namespace cairn {

// Calls `take(tag, value)` with each field of the message whose tag is in `tags`. Other fields are
// skipped. Errors: kProto (a field in `tags` has another wire type), what `take` returns.
template <typename Take>
Status ForEachBytes(Bytes message, const char* name,
                    std::initializer_list<protozero::pbf_tag_type> tags, Take take) {
  return ForEachField(message, name, [&](protozero::pbf_reader& reader) -> Status {
    if (std::ranges::find(tags, reader.tag()) == tags.end()) {
      reader.skip();
      return {};
    }
    if (reader.wire_type() != protozero::pbf_wire_type::length_delimited)
      return WrongWireType(reader, name);
    const protozero::pbf_tag_type tag = reader.tag();
    return take(tag, BytesOf(reader.get_view()));
  });
}

// An entry of map<string, …>: key = 1, value = 2.
struct MapEntry {
  std::string_view key;
  Bytes value;  // a string or a message
};

// Errors: kProto.
inline Result<MapEntry> ParseMapEntry(Bytes message, const char* name) {
  MapEntry entry;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(message, name, {1, 2}, [&](auto tag, Bytes value) -> Status {
    if (tag == 1) {
      entry.key = AsText(value);
    } else {
      entry.value = value;
    }
    return {};
  }));
  return entry;
}

// The strings of one repeated field. Errors: kProto.
inline Result<std::vector<std::string_view>> TextsOf(Bytes message, const char* name,
                                                     protozero::pbf_tag_type tag) {
  std::vector<std::string_view> texts;
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, name, {tag}, [&](auto /*tag*/, Bytes value) -> Status {
        texts.push_back(AsText(value));
        return {};
      }));
  return texts;
}

// The integers of one repeated field, packed or not. Errors: kProto.
inline Result<std::vector<int64_t>> IntegersOf(Bytes message, const char* name,
                                               protozero::pbf_tag_type tag) {
  using protozero::pbf_wire_type;
  std::vector<int64_t> integers;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, name, [&](protozero::pbf_reader& reader) -> Status {
    if (reader.tag() != tag) {
      reader.skip();
      return {};
    }
    if (reader.wire_type() == pbf_wire_type::varint) {
      integers.push_back(reader.get_int64());
      return {};
    }
    if (reader.wire_type() != pbf_wire_type::length_delimited) return WrongWireType(reader, name);
    for (const int64_t value : reader.get_packed_int64()) integers.push_back(value);
    return {};
  }));
  return integers;
}

}  // namespace cairn

#endif  // CAIRN_GRAPH_MESSAGE_FIELDS_H_
