// One SSTable block: checked, decompressed, and walked entry by entry.
#ifndef CAIRN_CODEC_SSTABLE_BLOCK_H_
#define CAIRN_CODEC_SSTABLE_BLOCK_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/codec/sstable/table_format.h"
#include "cairn/core/file.h"

namespace cairn::sstable {

// Returns a Status or Result, its error with the offset of the block. A success costs nothing: a
// file may have a million blocks.
template <typename T>
T AtBlock(BlockHandle handle, T result) {
  if (result.ok()) return result;
  if constexpr (std::is_same_v<T, Status>) {
    if (result.offset()) return result;  // it is that of a block already
  } else if (result.status().offset()) {
    return result;
  }
  return std::move(result).In("block").AtOffset(handle.offset);
}

// Whether block and trailer lie before `end` (where the footer begins). Errors: kBounds, naming the
// offset.
Status CheckBounds(BlockHandle handle, uint64_t end);

// The plain contents of a block whose checksum held. Views the file's own bytes where the file is
// mapped and the block plain.
class Block {
 public:
  Block(Block&&) = default;
  Block& operator=(Block&&) = default;

  // Checks where it lies as CheckBounds does, its checksum, its type. Contents longer than
  // `max_nbytes` are refused. Errors: kBounds, kCrc, kUnsupported, kSnappy, kLimit, kNoMemory,
  // and those of the file; each names the offset.
  static Result<Block> Read(const RandomAccessFile& file, BlockHandle handle, uint64_t end,
                            uint64_t max_nbytes);

  Bytes contents() const { return contents_; }

 private:
  Block() = default;
  // Takes `stored`, whose trailer was checked, as stored_ or the mapped file has it.
  Status Unpack(Bytes stored, uint64_t max_nbytes);

  std::unique_ptr<std::byte[]> stored_;  // where the file is not mapped
  std::vector<std::byte> unpacked_;
  Bytes contents_;  // of stored_, unpacked_ or the mapped file
};

// Walks the entries of plain contents, which must outlive it. Keys are checked to increase
// strictly, restarts to be where the array at the end says.
class BlockCursor {
 public:
  // Errors: kFormat.
  static Result<BlockCursor> Make(Bytes contents);

  // Moves to the first or next entry; false at the end. Errors: kFormat, kOrder, kDuplicate.
  Result<bool> Next();

  // Moves to the first entry whose key is `target` or comes after it; false where there is none.
  // Goes by the restarts: entries that are passed over are not checked. Errors: as Next.
  Result<bool> Seek(std::string_view target);

  // The current entry; views that hold until it is moved.
  std::string_view key() const { return key_; }
  Bytes value() const { return value_; }

 private:
  BlockCursor(Bytes entries, Bytes restarts)
      : entries_(entries), reader_(entries), restarts_(restarts) {}

  uint32_t RestartOffset(size_t i) const {
    return LoadLittleEndian<uint32_t>(restarts_.data() + 4 * i);
  }
  size_t num_restarts() const { return restarts_.size() / 4; }
  Status CheckRestart(bool key_is_whole);
  Result<std::string_view> KeyAtRestart(size_t i) const;
  Result<size_t> LastRestartBefore(std::string_view target) const;

  Bytes entries_;
  ByteReader reader_;
  Bytes restarts_;
  size_t next_restart_ = 0;
  std::string key_;
  Bytes value_;
  bool started_ = false;
};

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_BLOCK_H_
