#include "cairn/monitor/event_record.h"

#include <algorithm>
#include <protozero/pbf_writer.hpp>

#include "cairn/codec/protobuf.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;
using protozero::tag_and_type;

enum EventTag : protozero::pbf_tag_type {
  kWallTime = 1,
  kStep = 2,
  kFileVersion = 3,
  kSummary = 5,
  kSourceMetadata = 10
};
enum SummaryTag : protozero::pbf_tag_type { kValue = 1 };
enum ValueTag : protozero::pbf_tag_type { kTag = 1, kSimpleValue = 2 };
enum SourceMetadataTag : protozero::pbf_tag_type { kWriter = 1 };

constexpr uint64_t kLengthNbytes = sizeof(uint64_t);
constexpr uint64_t kCrcNbytes = sizeof(uint32_t);
constexpr uint64_t kHeadNbytes = kLengthNbytes + kCrcNbytes;
constexpr uint64_t kBufferNbytes = 64 << 10;

template <typename T>
void AppendNumber(std::string& out, T value) {
  const size_t at = out.size();
  out.resize(at + sizeof(T));
  std::memcpy(out.data() + at, &value, sizeof(T));
}

std::string EncodeEvent(const Event& event) {
  std::string message;
  pbf_writer writer(message);
  writer.add_double(kWallTime, event.wall_time);
  if (event.step != 0) writer.add_int64(kStep, event.step);
  if (!event.file_version.empty()) writer.add_string(kFileVersion, event.file_version);
  if (!event.scalars.empty()) {
    pbf_writer summary(writer, kSummary);
    for (const ScalarEvent& scalar : event.scalars) {
      pbf_writer value(summary, kValue);
      value.add_string(kTag, scalar.tag);
      // Also if it is 0: the message says by this field that it holds a number.
      value.add_float(kSimpleValue, scalar.value);
    }
  }
  if (!event.writer.empty()) {
    pbf_writer metadata(writer, kSourceMetadata);
    metadata.add_string(kWriter, event.writer);
  }
  return message;
}

Status ParseValue(Bytes message, Event& event) {
  ScalarEvent scalar;
  bool is_scalar = false;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "Summary.Value", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kTag, pbf_wire_type::length_delimited):
        scalar.tag = reader.get_string();
        return {};
      case tag_and_type(kSimpleValue, pbf_wire_type::fixed32):
        scalar.value = reader.get_float();
        is_scalar = true;
        return {};
      default:
        reader.skip();
        return {};
    }
  }));
  if (is_scalar) event.scalars.push_back(std::move(scalar));
  return {};
}

Status ParseSummary(Bytes message, Event& event) {
  return ForEachField(message, "Summary", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(kValue, pbf_wire_type::length_delimited))
      return ParseValue(BytesOf(reader.get_view()), event);
    reader.skip();
    return {};
  });
}

Status ParseSourceMetadata(Bytes message, Event& event) {
  return ForEachField(message, "SourceMetadata", [&](pbf_reader& reader) -> Status {
    if (reader.tag_and_type() == tag_and_type(kWriter, pbf_wire_type::length_delimited)) {
      event.writer = reader.get_string();
    } else {
      reader.skip();
    }
    return {};
  });
}

Status CheckCrc(Bytes bytes, uint32_t stored, std::string_view what) {
  if (MaskCrc32c(Crc32c(bytes)) == stored) return {};
  return Status(Reason::kCrc, "wrong checksum of " + std::string(what));
}

}  // namespace

std::string EncodeEventRecord(const Event& event) {
  const std::string data = EncodeEvent(event);
  std::string record;
  AppendNumber<uint64_t>(record, data.size());
  AppendNumber(record, MaskCrc32c(Crc32c(AsBytes(record))));
  record += data;
  AppendNumber(record, MaskCrc32c(Crc32c(AsBytes(data))));
  return record;
}

Result<Event> ParseEvent(Bytes message) {
  Event event;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "Event", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kWallTime, pbf_wire_type::fixed64):
        event.wall_time = reader.get_double();
        return {};
      case tag_and_type(kStep, pbf_wire_type::varint):
        event.step = reader.get_int64();
        return {};
      case tag_and_type(kFileVersion, pbf_wire_type::length_delimited):
        event.file_version = reader.get_string();
        return {};
      case tag_and_type(kSummary, pbf_wire_type::length_delimited):
        return ParseSummary(BytesOf(reader.get_view()), event);
      case tag_and_type(kSourceMetadata, pbf_wire_type::length_delimited):
        return ParseSourceMetadata(BytesOf(reader.get_view()), event);
      default:
        reader.skip();
        return {};
    }
  }));
  return event;
}

Result<std::optional<Event>> EventReader::Next() {
  if (position_ == file_->size()) return std::optional<Event>();
  uint64_t record_nbytes = 0;
  Result<Bytes> data = ReadRecord(record_nbytes);
  if (!data.ok()) return data.status().AtOffset(position_).AtPath(file_->path());
  Result<Event> event = ParseEvent(*data);
  if (!event.ok()) return event.status().AtOffset(position_).AtPath(file_->path());
  position_ += record_nbytes;
  return std::optional(*std::move(event));
}

// Returns the data of the record at position(), checked.
Result<Bytes> EventReader::ReadRecord(uint64_t& record_nbytes) {
  const uint64_t left = file_->size() - position_;
  if (left < kHeadNbytes)
    return Status(Reason::kTruncated, "the file ends in the head of a record");
  CAIRN_ASSIGN_OR_RETURN(const Bytes head, Read(kHeadNbytes));
  const auto nbytes = LoadLittleEndian<uint64_t>(head.data());
  CAIRN_RETURN_IF_ERROR(CheckCrc(head.first(kLengthNbytes),
                                 LoadLittleEndian<uint32_t>(head.data() + kLengthNbytes),
                                 "the length of a record"));
  const uint64_t data_left = left - kHeadNbytes;
  if (data_left < kCrcNbytes || nbytes > data_left - kCrcNbytes)
    return Status(Reason::kTruncated, "a record of " + std::to_string(nbytes) +
                                          " bytes, the file has " + std::to_string(data_left) +
                                          " more");
  if (nbytes > kMaxEventNbytes)
    return Status(Reason::kLimit, "a record of " + std::to_string(nbytes) + " bytes, at most " +
                                      std::to_string(kMaxEventNbytes) + " are read");
  record_nbytes = kHeadNbytes + nbytes + kCrcNbytes;
  CAIRN_ASSIGN_OR_RETURN(const Bytes record, Read(record_nbytes));
  const Bytes data = record.subspan(kHeadNbytes, nbytes);
  CAIRN_RETURN_IF_ERROR(
      CheckCrc(data, LoadLittleEndian<uint32_t>(data.data() + nbytes), "a record"));
  return data;
}

Result<Bytes> EventReader::Read(uint64_t nbytes) {
  const uint64_t at = position_ - buffer_begin_;
  if (at <= buffer_.size() && nbytes <= buffer_.size() - at)
    return Bytes(buffer_).subspan(at, nbytes);
  const uint64_t left = file_->size() - position_;
  buffer_.resize(std::min(left, std::max(nbytes, kBufferNbytes)));
  buffer_begin_ = position_;
  CAIRN_RETURN_IF_ERROR(file_->ReadAt(position_, buffer_));
  return Bytes(buffer_).first(nbytes);
}

}  // namespace cairn
