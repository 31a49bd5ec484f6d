#include "cairn/formats/tf_bundle/bundle_proto.h"

#include <protozero/pbf_writer.hpp>

#include "cairn/codec/protobuf.h"
#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/codec/tensorflow/version_def.h"
#include "cairn/core/shape.h"

namespace cairn::tf_bundle {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum HeaderTag : protozero::pbf_tag_type { kNumShards = 1, kEndianness = 2, kVersion = 3 };
enum VersionTag : protozero::pbf_tag_type { kProducer = 1 };
enum EntryTag : protozero::pbf_tag_type {
  kDType = 1,
  kShape = 2,
  kShardId = 3,
  kOffset = 4,
  kSize = 5,
  kCrc32c = 6,
  kSlices = 7,
};

// The version of the format that is read and written here.
constexpr int32_t kFormatVersion = 1;

// Above what any partitioner makes of one variable.
constexpr size_t kMaxSlices = size_t{1} << 20;

// Takes the field that the reader stands at into `kept`, its value byte for byte.
void Keep(pbf_reader& reader, std::string& kept) {
  protozero::write_varint(std::back_inserter(kept), (uint64_t{reader.tag()} << 3) |
                                                        static_cast<uint64_t>(reader.wire_type()));
  const char* value = reader.data().data();
  reader.skip();
  kept.append(value, reader.data().data());
}

Status AddSlice(pbf_reader& reader, std::vector<std::string>& slices) {
  if (slices.size() == kMaxSlices)
    return Status(Reason::kLimit, "more than " + std::to_string(kMaxSlices) + " slices");
  slices.push_back(reader.get_string());
  return {};
}

Status CheckEntry(const BundleEntry& entry) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(entry.dims));
  if (ElementNbytes(entry.dtype) == 0) return {};
  return Nbytes(entry.dtype, num_elements).status();
}

}  // namespace

Result<BundleHeader> ParseHeader(Bytes message, uint64_t max_shards) {
  BundleHeader header;
  int64_t num_shards = 0;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "BundleHeaderProto", [&](pbf_reader& reader) -> Status {
        switch (reader.tag_and_type()) {
          case tag_and_type(kNumShards, pbf_wire_type::varint):
            // The field is an int32. All bits of the varint are read, so that a larger number is
            // refused below and not truncated to a valid one.
            num_shards = reader.get_int64();
            return {};
          case tag_and_type(kEndianness, pbf_wire_type::varint): {
            const int32_t value = reader.get_int32();
            if (value != 0 && value != 1) {
              return Status(Reason::kUnsupported, "endianness " + std::to_string(value) +
                                                      ", known are 0 (little) and 1 (big)");
            }
            header.endianness = static_cast<Endianness>(value);
            return {};
          }
          case tag_and_type(kVersion, pbf_wire_type::length_delimited):
            return tensorflow::CheckVersion(BytesOf(reader.get_view()), kFormatVersion);
          default:
            if (reader.tag() <= kVersion) return WrongWireType(reader, "BundleHeaderProto");
            reader.skip();
            return {};
        }
      }));
  if (num_shards < 1 || static_cast<uint64_t>(num_shards) > max_shards) {
    return Status(Reason::kLimit, std::to_string(num_shards) + " data files, possible are 1 to " +
                                      std::to_string(max_shards));
  }
  header.num_shards = static_cast<uint32_t>(num_shards);
  return header;
}

std::string EncodeHeader(const BundleHeader& header) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_int32(kNumShards, static_cast<int32_t>(header.num_shards));
  if (header.endianness == Endianness::kBig) writer.add_enum(kEndianness, 1);
  protozero::pbf_writer(writer, kVersion).add_int32(kProducer, kFormatVersion);
  return message;
}

Result<std::string> WithNumShards(Bytes message, uint32_t num_shards) {
  std::string changed;
  protozero::pbf_writer(changed).add_int32(kNumShards, static_cast<int32_t>(num_shards));
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "BundleHeaderProto", [&](pbf_reader& reader) -> Status {
        if (reader.tag() == kNumShards) {
          reader.skip();
        } else {
          Keep(reader, changed);
        }
        return {};
      }));
  return changed;
}

Status ParseEntry(Bytes message, BundleEntry& entry) {
  // The index reader parses all entries into one object to reuse its memory. A field that this
  // message lacks must not keep the value of the entry before.
  entry.dims.clear();
  entry.slices.clear();
  entry.unknown_fields.clear();
  entry.masked_crc32c.reset();
  entry.shard_id = entry.offset = entry.nbytes = 0;
  uint64_t dtype_code = 0;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "BundleEntryProto", [&](pbf_reader& reader) -> Status {
        switch (reader.tag_and_type()) {
          case tag_and_type(kDType, pbf_wire_type::varint):
            dtype_code = reader.get_uint64();
            return {};
          case tag_and_type(kShape, pbf_wire_type::length_delimited):
            return tensorflow::ParseTensorShape(BytesOf(reader.get_view()), entry.dims);
          case tag_and_type(kShardId, pbf_wire_type::varint):
            entry.shard_id = reader.get_int32();
            return {};
          case tag_and_type(kOffset, pbf_wire_type::varint):
            entry.offset = reader.get_int64();
            return {};
          case tag_and_type(kSize, pbf_wire_type::varint):
            entry.nbytes = reader.get_int64();
            return {};
          case tag_and_type(kCrc32c, pbf_wire_type::fixed32):
            entry.masked_crc32c = reader.get_fixed32();
            return {};
          case tag_and_type(kSlices, pbf_wire_type::length_delimited):
            return AddSlice(reader, entry.slices);
          default:
            // A known field of another wire type is damage. An unknown field may come from a newer
            // TensorFlow.
            if (reader.tag() <= kSlices) return WrongWireType(reader, "BundleEntryProto");
            Keep(reader, entry.unknown_fields);
            return {};
        }
      }));
  // The dtype is judged after all fields: a message without it means code 0, which is no dtype.
  const auto dtype = DTypeFromCode(dtype_code);
  if (!dtype)
    return Status(Reason::kDType,
                  "dtype " + std::to_string(dtype_code) + " is none that can be stored");
  entry.dtype = *dtype;
  return CheckEntry(entry);
}

std::string EncodeEntry(const BundleEntry& entry) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_enum(kDType, static_cast<int32_t>(entry.dtype));
  writer.add_message(kShape, tensorflow::EncodeTensorShape(entry.dims));
  if (entry.shard_id != 0) writer.add_int32(kShardId, static_cast<int32_t>(entry.shard_id));
  if (entry.offset != 0) writer.add_int64(kOffset, entry.offset);
  if (entry.nbytes != 0) writer.add_int64(kSize, entry.nbytes);
  if (entry.masked_crc32c) writer.add_fixed32(kCrc32c, *entry.masked_crc32c);
  for (const std::string& slice : entry.slices) writer.add_message(kSlices, slice);
  message += entry.unknown_fields;
  return message;
}

}  // namespace cairn::tf_bundle
