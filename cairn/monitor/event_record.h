// Records of TensorBoard's event files.
//
//   file:    record*
//   record:  nbytes:u64  crc32c of nbytes:u32  data[nbytes]  crc32c of data:u32
//   data:    the protobuf message tensorflow.Event
//
// Numbers are little-endian, checksums are masked (io/checksum.h). The first event of a file has
// the `file_version`, every other one of ours a `summary` with one scalar.
#ifndef CAIRN_MONITOR_EVENT_RECORD_H_
#define CAIRN_MONITOR_EVENT_RECORD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/file.h"

namespace cairn {

inline constexpr std::string_view kEventFileVersion = "brain.Event:2";
// The `source_metadata.writer` of the first event of our files.
inline constexpr std::string_view kEventWriter = "cairn";
// A longer record is refused. Ours have at most some kilobytes.
inline constexpr uint64_t kMaxEventNbytes = uint64_t{64} << 20;

struct ScalarEvent {
  std::string tag;
  float value = 0;
};

// The fields of an Event that are used here.
struct Event {
  double wall_time = 0;  // seconds since 1970
  int64_t step = 0;
  std::string file_version = {};
  std::string writer = {};
  std::vector<ScalarEvent> scalars = {};
};

// Returns the whole record of an event: with the `file_version` and writer if it has them, else
// with its scalars.
std::string EncodeEventRecord(const Event& event);

// Errors: kProto.
Result<Event> ParseEvent(Bytes message);

// Reads the events of a file from its beginning.
class EventReader {
 public:
  explicit EventReader(std::shared_ptr<const RandomAccessFile> file) : file_(std::move(file)) {}

  // Returns the next event, or nothing at the end of the file. Errors: kTruncated, kCrc, kLimit,
  // kProto, those of RandomAccessFile::ReadAt; position() is then where the bad record begins, and
  // nothing more can be read.
  Result<std::optional<Event>> Next();

  // The end of the most recently read event.
  uint64_t position() const { return position_; }

 private:
  // Returns bytes from position() on, which are in the file.
  Result<Bytes> Read(uint64_t nbytes);
  Result<Bytes> ReadRecord(uint64_t& record_nbytes);

  std::shared_ptr<const RandomAccessFile> file_;
  uint64_t position_ = 0;
  std::vector<std::byte> buffer_;
  uint64_t buffer_begin_ = 0;  // where in the file the buffer begins
};

}  // namespace cairn

#endif  // CAIRN_MONITOR_EVENT_RECORD_H_
