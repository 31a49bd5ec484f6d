// How every protobuf message is read: one catch around protozero, which throws.
#ifndef CAIRN_CODEC_PROTOBUF_H_
#define CAIRN_CODEC_PROTOBUF_H_

#include <string>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// Calls `field(reader)` at each field of `message`; it must take or skip the value and give a
// Status. Errors: kProto (`name` says which message is malformed), what `field` returns.
template <typename Field>
Status ForEachField(Bytes message, const char* name, Field field) {
  try {
    protozero::pbf_reader reader(reinterpret_cast<const char*>(message.data()), message.size());
    while (reader.next()) CAIRN_RETURN_IF_ERROR(field(reader));
  } catch (const protozero::exception& error) {
    return Status(Reason::kProto, std::string(name) + ": " + error.what());
  }
  return {};
}

// The error of a known field, where the reader stands, whose value is not of its type.
inline Status WrongWireType(const protozero::pbf_reader& reader, const char* name) {
  return Status(Reason::kProto, std::string(name) + ": field " + std::to_string(reader.tag()) +
                                    " has wire type " +
                                    std::to_string(static_cast<int>(reader.wire_type())));
}

inline Bytes BytesOf(protozero::data_view view) {
  return std::as_bytes(std::span(view.data(), view.size()));
}

}  // namespace cairn

#endif  // CAIRN_CODEC_PROTOBUF_H_
