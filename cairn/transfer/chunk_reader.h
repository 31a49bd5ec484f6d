// Reads the stored bytes of one chunk from front to back, and takes their checksum on the way.
#ifndef CAIRN_TRANSFER_CHUNK_READER_H_
#define CAIRN_TRANSFER_CHUNK_READER_H_

#include "cairn/transfer/source_bytes.h"

namespace cairn {

// Used by one thread, and no longer than the bytes that it reads from.
class ChunkReader {
 public:
  // Reads bytes [begin, begin + nbytes) of a value with an extent. They are used in place where
  // their file is mapped, unless `should_copy` (see FaultWatch).
  ChunkReader(const SourceBytes& bytes, uint64_t begin, uint64_t nbytes, bool should_copy);

  bool is_in_place() const { return !mapped_.empty(); }
  uint64_t nbytes_left() const { return nbytes_left_; }

  // Returns the next `nbytes`, of which so many are left: in place, or copied to the front of
  // `buffer`, which then has room for them. Errors: kIo.
  Result<Bytes> Next(uint64_t nbytes, MutableBytes buffer);

  // The checksum of what was read so far.
  uint32_t checksum() const { return checksum_; }

 private:
  Checksum::Kind kind_;
  Bytes mapped_;  // the rest of the chunk, if it is used in place
  const RandomAccessFile* file_;
  uint64_t offset_;  // in the file
  uint64_t nbytes_left_;
  uint32_t checksum_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_CHUNK_READER_H_
