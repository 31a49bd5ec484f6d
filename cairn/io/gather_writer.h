// Collects bytes that lie side by side in a file into one write.
#ifndef CAIRN_IO_GATHER_WRITER_H_
#define CAIRN_IO_GATHER_WRITER_H_

#include "cairn/io/file_system.h"

namespace cairn {

// Used by one thread, which fills the room it is given and says how much it took. What is collected
// is written when the buffer is full, when the place jumps, and by Flush.
class GatherWriter {
 public:
  // Borrows `buffer`, which must not be empty.
  explicit GatherWriter(MutableBytes buffer) : buffer_(buffer) {}

  // Room for bytes that go to `offset` of `file`: at least `wanted` bytes, or as much as the buffer
  // has. Errors: those of WritableFile::WriteAt.
  Result<MutableBytes> Room(WritableFile& file, uint64_t offset, uint64_t wanted);
  // The first `nbytes` of the last room are to be written.
  void Took(uint64_t nbytes) { filled_ += nbytes; }

  // Errors: those of WritableFile::WriteAt.
  Status Flush();

 private:
  MutableBytes buffer_;
  WritableFile* file_ = nullptr;
  uint64_t offset_ = 0;  // of the first byte of the buffer, in the file
  uint64_t filled_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_IO_GATHER_WRITER_H_
