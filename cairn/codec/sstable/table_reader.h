// Reads an SSTable from a file, block by block; holds the file, not its bytes.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_READER_H_
#define CAIRN_CODEC_SSTABLE_TABLE_READER_H_

#include <functional>
#include <memory>
#include <vector>

#include "cairn/codec/sstable/block.h"
#include "cairn/core/limits.h"

namespace cairn::sstable {

// Immutable; safe to use from several threads at once.
class TableReader {
 public:
  // Reads footer, index block and metaindex block. Errors: kTruncated, kBadMagic, kFormat, kBounds,
  // kCrc, …; each begins with the path of the file.
  static Result<TableReader> Open(std::shared_ptr<const RandomAccessFile> file,
                                  const Limits& limits = {});

  const RandomAccessFile& file() const { return *file_; }
  size_t num_blocks() const { return blocks_.size(); }

  // Called with each entry of the whole table, in order. The key and value hold only during the
  // call. An error ends the walk.
  using Visitor = std::function<Status(std::string_view key, Bytes value)>;
  // Reads and checks every block. Errors: those of Block and BlockCursor, kOrder between blocks,
  // what `visit` returns.
  Status ForEach(const Visitor& visit) const;

 private:
  struct IndexEntry {
    std::string last_key;  // >= every key of the block
    BlockHandle handle;
  };

  TableReader(std::shared_ptr<const RandomAccessFile> file, uint64_t max_nbytes)
      : file_(std::move(file)), max_nbytes_(max_nbytes) {}

  uint64_t end_of_blocks() const { return file_->size() - kFooterNbytes; }
  Status ReadIndex(BlockHandle handle);
  Status CheckMetaindex(BlockHandle handle) const;
  Status WalkBlock(const IndexEntry& entry, std::string& previous_key, bool& is_first,
                   const Visitor& visit) const;

  std::shared_ptr<const RandomAccessFile> file_;
  uint64_t max_nbytes_;
  std::vector<IndexEntry> blocks_;
};

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_READER_H_
