// How a protobuf message is changed in some of its fields.
#ifndef CAIRN_CODEC_COPY_FIELDS_H_
#define CAIRN_CODEC_COPY_FIELDS_H_

#include "cairn/codec/protobuf.h"

namespace cairn {

// Appends the fields of a message to `out`. `write(reader, out)` takes or skips the value of a
// field; it returns a Result<bool>: true if it has appended the field in another form, or leaves it
// out, and false if the field is to be copied to the bit. Errors: as ForEachField.
template <typename Write>
Status CopyFields(Bytes message, const char* name, std::string& out, Write write) {
  const char* begin = reinterpret_cast<const char*>(message.data());
  return ForEachField(message, name, [&](protozero::pbf_reader& reader) -> Status {
    CAIRN_ASSIGN_OR_RETURN(const bool is_written, write(reader, out));
    const char* const end = reader.data().data();
    if (!is_written) out.append(begin, end);
    begin = end;
    return {};
  });
}

}  // namespace cairn

#endif  // CAIRN_CODEC_COPY_FIELDS_H_
