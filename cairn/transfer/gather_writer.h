// Collects bytes that lie side by side in a file into one write.
#ifndef CAIRN_TRANSFER_GATHER_WRITER_H_
#define CAIRN_TRANSFER_GATHER_WRITER_H_

#include "cairn/io/file_system.h"

namespace cairn {

// Used by one thread, which fills the room it is given and says how much it took. What is collected
// is written where the file reaches a multiple of the buffer's size, when the place jumps, and by
// Flush.
class GatherWriter {
 public:
  // Borrows `buffer`, which must not be empty.
  explicit GatherWriter(MutableBytes buffer) : buffer_(buffer) {}

  // Room for bytes that go to `offset` of `file`: up to the next multiple, never empty. Errors:
  // those of WritableFile::WriteAt.
  Result<MutableBytes> Room(WritableFile& file, uint64_t offset);
  // The first `nbytes` of the last room are to be written.
  void Advance(uint64_t nbytes) { filled_ += nbytes; }

  // Puts other bytes where bytes of the same writer went: in the buffer where they are still there,
  // otherwise in the file. Errors: those of WritableFile::WriteAt.
  Status Overwrite(WritableFile& file, uint64_t offset, Bytes bytes);

  // Errors: those of WritableFile::WriteAt.
  Status Flush();

 private:
  // Where the bytes for this place of the file begin in the buffer: as far behind a page as there,
  // which WritableFile::BypassPageCache needs.
  uint64_t PositionFor(uint64_t offset) const;

  MutableBytes buffer_;
  uint64_t begin_ = 0;  // of the bytes in the buffer
  WritableFile* file_ = nullptr;
  uint64_t offset_ = 0;  // of the byte at begin_, in the file
  uint64_t filled_ = 0;
  uint64_t room_ = 0;  // of which filled_ bytes are taken
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_GATHER_WRITER_H_
