// One SSTable block: checked, decompressed, and walked entry by entry.
#ifndef CAIRN_CODEC_SSTABLE_BLOCK_H_
#define CAIRN_CODEC_SSTABLE_BLOCK_H_

#include <string>
#include <vector>

#include "cairn/codec/sstable/table_format.h"
#include "cairn/core/file.h"

namespace cairn::sstable {

// The plain contents of a block whose checksum held. Views the file's own bytes where the file is
// mapped and the block plain.
class Block {
 public:
  // Checks that the block lies before `end` (where the footer begins), its checksum, its type.
  // Contents longer than `max_nbytes` are refused. Errors: kBounds, kCrc, kUnsupported, kSnappy,
  // kLimit, and those of the file; each names the offset.
  static Result<Block> Read(const RandomAccessFile& file, BlockHandle handle, uint64_t end,
                            uint64_t max_nbytes);

  Bytes contents() const { return contents_; }

 private:
  std::vector<std::byte> owned_;
  Bytes contents_;
};

// Walks the entries of plain contents, which must outlive it. Keys are checked to increase
// strictly, restarts to be where the array at the end says.
class BlockCursor {
 public:
  // Errors: kFormat.
  static Result<BlockCursor> Make(Bytes contents);

  // Moves to the first or next entry; false at the end. Errors: kFormat, kOrder, kDuplicate.
  Result<bool> Next();

  // The current entry; views that hold until Next.
  std::string_view key() const { return key_; }
  Bytes value() const { return value_; }

 private:
  BlockCursor(Bytes entries, Bytes restarts) : reader_(entries), restarts_(restarts) {}

  uint32_t RestartOffset(size_t i) const {
    return LoadLittleEndian<uint32_t>(restarts_.data() + 4 * i);
  }
  size_t num_restarts() const { return restarts_.size() / 4; }
  Status CheckRestart(bool key_is_whole);

  ByteReader reader_;
  Bytes restarts_;
  size_t next_restart_ = 0;
  std::string key_;
  Bytes value_;
  bool started_ = false;
};

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_BLOCK_H_
