// Reads short chunks that lie close together in a file at once.
#ifndef CAIRN_TRANSFER_NEIGHBOUR_READER_H_
#define CAIRN_TRANSFER_NEIGHBOUR_READER_H_

#include <optional>
#include <span>

#include "cairn/transfer/transfer_unit.h"

namespace cairn {

// Used by one thread, for the chunks of one task.
class NeighbourReader {
 public:
  // Borrows everything. The chunks are in the order of their files.
  NeighbourReader(std::span<const TransferUnit> units, std::span<const Chunk> chunks,
                  MutableBytes buffer)
      : units_(units), chunks_(chunks), buffer_(buffer) {}

  // Returns the bytes of chunks[i], valid until the next call, or nothing if the chunk is better
  // read by itself: it is long, has no neighbours, or is in mapped memory. A group that cannot be
  // read is nothing, too, so that the error becomes that of the chunk that has it.
  std::optional<Bytes> Find(size_t i);

 private:
  const Extent& ExtentOf(size_t i) const { return *units_[chunks_[i].item].bytes.extent; }
  uint64_t OffsetOf(size_t i) const { return ExtentOf(i).offset + chunks_[i].begin; }
  uint64_t EndOf(size_t i) const { return OffsetOf(i) + chunks_[i].nbytes; }
  bool IsShort(size_t i) const;
  uint64_t EndOfGroup(size_t i) const;
  bool Holds(size_t i) const;

  std::span<const TransferUnit> units_;
  std::span<const Chunk> chunks_;
  MutableBytes buffer_;
  const RandomAccessFile* file_ = nullptr;  // of what is in the buffer
  uint64_t offset_ = 0;
  Bytes read_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_NEIGHBOUR_READER_H_
