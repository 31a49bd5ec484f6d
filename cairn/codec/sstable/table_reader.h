// Reads an SSTable from a file, block by block; holds the file and its index block, not its bytes.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_READER_H_
#define CAIRN_CODEC_SSTABLE_TABLE_READER_H_

#include <functional>
#include <memory>
#include <optional>

#include "cairn/codec/sstable/block.h"
#include "cairn/core/limits.h"

namespace cairn::sstable {

// An entry that was looked up. Keeps its block in memory where it had to be copied out of the file,
// which must stay open as long.
struct FoundEntry {
  Block block;
  Bytes value;  // of the block
};

// Immutable; safe to use from several threads at once.
class TableReader {
 public:
  // Reads footer and index block. Errors: kTruncated, kBadMagic, kFormat, kBounds,
  // kOverlap (the blocks take more bytes than the file has), kCrc, …; each begins with the path of
  // the file.
  static Result<TableReader> Open(std::shared_ptr<const RandomAccessFile> file,
                                  const Limits& limits = {});

  // Whether the metaindex block is sound. It holds nothing that is read, neither here nor by
  // TensorFlow, so its damage loses no entry. Errors: those of Block and BlockCursor; each begins
  // with the path of the file.
  Status CheckMetaindex() const;

  const RandomAccessFile& file() const { return *file_; }
  size_t num_blocks() const { return num_blocks_; }

  // Where the blocks of data lie, in the order of their keys.
  std::vector<BlockHandle> Blocks() const;

  // Whether any block of data is compressed. Errors: those of the file.
  Result<bool> HasCompressedBlocks() const;

  // The entry of exactly this key; nothing where there is none. Reads and checks one block. Errors:
  // those of Block and BlockCursor; each begins with the path of the file.
  Result<std::optional<FoundEntry>> Find(std::string_view key) const;
  // Where that block lies, without reading it; nothing where `key` comes after every block.
  std::optional<BlockHandle> BlockOf(std::string_view key) const;
  // The CRC-32C that a block is stored with, unmasked. Errors: those of the file.
  Result<uint32_t> StoredCrc32c(BlockHandle handle) const;

  // Called with each entry of the whole table, in order. The key and value hold only during the
  // call. An error ends the walk.
  using Visitor = std::function<Status(std::string_view key, Bytes value)>;
  // Reads and checks every block. Errors: those of Block and BlockCursor, kOrder and kDuplicate
  // between blocks, what `visit` returns; each begins with the path of the file.
  Status ForEach(const Visitor& visit) const;

 private:
  TableReader(std::shared_ptr<const RandomAccessFile> file, uint64_t max_nbytes)
      : file_(std::move(file)), max_nbytes_(max_nbytes) {}

  uint64_t end_of_blocks() const { return file_->size() - kFooterNbytes; }
  Status ReadIndex(BlockHandle handle);
  Status CheckIndex(BlockHandle handle);
  Status WalkBlocks(const Visitor& visit) const;
  Result<std::optional<FoundEntry>> FindInBlock(BlockHandle handle, std::string_view key) const;

  std::shared_ptr<const RandomAccessFile> file_;
  uint64_t max_nbytes_;
  // Its keys are not taken out: they may share so much that together they outgrow the file.
  std::shared_ptr<const Block> index_;
  size_t num_blocks_ = 0;
  BlockHandle metaindex_;
};

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_READER_H_
