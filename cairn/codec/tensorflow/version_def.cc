#include "cairn/codec/tensorflow/version_def.h"

#include "cairn/codec/protobuf.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum VersionTag : protozero::pbf_tag_type { kProducer = 1, kMinConsumer = 2, kBadConsumers = 3 };

Status CheckMinConsumer(int32_t needed, int32_t reader_version) {
  if (needed <= reader_version) return {};
  return Status(Reason::kVersion, "needs a reader of version " + std::to_string(needed) +
                                      ", this one has " + std::to_string(reader_version));
}

Status CheckBadConsumer(int32_t bad, int32_t reader_version) {
  if (bad != reader_version) return {};
  return Status(Reason::kVersion,
                "its writer forbids readers of version " + std::to_string(reader_version))
      .WithHint("write the checkpoint again with a later TensorFlow");
}

}  // namespace

Status CheckVersion(Bytes message, int32_t reader_version) {
  return ForEachField(message, "VersionDef", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kMinConsumer, pbf_wire_type::varint):
        return CheckMinConsumer(reader.get_int32(), reader_version);
      case tag_and_type(kBadConsumers, pbf_wire_type::varint):
        return CheckBadConsumer(reader.get_int32(), reader_version);
      case tag_and_type(kBadConsumers, pbf_wire_type::length_delimited):
        for (const int32_t bad : reader.get_packed_int32())
          CAIRN_RETURN_IF_ERROR(CheckBadConsumer(bad, reader_version));
        return {};
      // The version of the writer is not checked, because TensorFlow still reads every one.
      default:
        if (reader.tag() <= kBadConsumers && reader.wire_type() != pbf_wire_type::varint)
          return WrongWireType(reader, "VersionDef");
        reader.skip();
        return {};
    }
  });
}

}  // namespace cairn::tensorflow
