#include "cairn/codec/sstable/table_reader.h"

#include <array>

#include "cairn/core/escape.h"
#include "cairn/io/checksum.h"

namespace cairn::sstable {
namespace {

// The whole value of an index entry.
Result<BlockHandle> ParseIndexValue(Bytes value) {
  ByteReader reader(value);
  CAIRN_ASSIGN_OR_RETURN(const BlockHandle handle, ParseHandle(reader));
  if (!reader.done()) return Status(Reason::kFormat, "bytes after the handle of a block");
  return handle;
}

// The keys that a block must lie between, and the last one before it.
struct Neighbours {
  std::string_view index_key;
  std::optional<std::string_view> previous_index_key;
  std::optional<std::string> last_key;
};

Status CheckFirstKey(std::string_view key, const Neighbours& neighbours) {
  if (!neighbours.previous_index_key || key > *neighbours.previous_index_key) return {};
  if (key == neighbours.last_key)
    return Status(Reason::kDuplicate, "key " + Quoted(key) + " comes twice");
  return Status(Reason::kOrder, "its first key " + Quoted(key) + " is not past " +
                                    Quoted(*neighbours.previous_index_key) +
                                    ", the index key of the block before");
}

Status CheckLastKey(std::string_view key, const Neighbours& neighbours) {
  if (key <= neighbours.index_key) return {};
  return Status(Reason::kOrder, "its last key " + Quoted(key) + " is past its index key " +
                                    Quoted(neighbours.index_key));
}

// Every entry of the block at `handle`.
Status WalkEntries(BlockHandle handle, const Block& block, Neighbours& neighbours,
                   const TableReader::Visitor& visit) {
  CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, AtBlock(handle, BlockCursor::Make(block.contents())));
  bool is_first = true;
  while (true) {
    const Result<bool> more = cursor.Next();
    if (!more.ok()) return AtBlock(handle, more.status());
    if (!*more) break;
    if (is_first) CAIRN_RETURN_IF_ERROR(AtBlock(handle, CheckFirstKey(cursor.key(), neighbours)));
    is_first = false;
    CAIRN_RETURN_IF_ERROR(visit(cursor.key(), cursor.value()));
  }
  if (is_first) return {};
  neighbours.last_key = cursor.key();
  return AtBlock(handle, CheckLastKey(cursor.key(), neighbours));
}

}  // namespace

Result<TableReader> TableReader::Open(std::shared_ptr<const RandomAccessFile> file,
                                      const Limits& limits) {
  const std::string& path = file->path();
  if (file->size() < kFooterNbytes) {
    return Status(Reason::kTruncated, std::to_string(file->size()) +
                                          " bytes, shorter than the 48-byte footer of an SSTable")
        .AtPath(path);
  }
  std::array<std::byte, kFooterNbytes> bytes;
  CAIRN_RETURN_IF_ERROR(file->ReadAt(file->size() - kFooterNbytes, bytes));
  CAIRN_ASSIGN_OR_RETURN(const Footer footer, ParseFooter(bytes).AtPath(path));
  TableReader reader(std::move(file), limits.metadata_nbytes);
  CAIRN_RETURN_IF_ERROR(reader.ReadIndex(footer.index).In("index").AtPath(path));
  reader.metaindex_ = footer.metaindex;
  return reader;
}

Status TableReader::ReadIndex(BlockHandle handle) {
  CAIRN_ASSIGN_OR_RETURN(Block block, Block::Read(*file_, handle, end_of_blocks(), max_nbytes_));
  index_ = std::make_shared<const Block>(std::move(block));
  return AtBlock(handle, CheckIndex(handle));
}

Status TableReader::CheckIndex(BlockHandle index) {
  CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, BlockCursor::Make(index_->contents()));
  uint64_t total = 0;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const bool more, cursor.Next());
    if (!more) return {};
    CAIRN_ASSIGN_OR_RETURN(const BlockHandle data, ParseIndexValue(cursor.value()));
    if (data.offset >= index.offset) {
      return Status(Reason::kFormat, "names a block at " + std::to_string(data.offset) +
                                         ", data blocks end before " +
                                         std::to_string(index.offset));
    }
    CAIRN_RETURN_IF_ERROR(CheckBounds(data, end_of_blocks()));
    // Blocks that share bytes could make a small file take long to read.
    total += data.nbytes + kBlockTrailerNbytes;
    if (total > end_of_blocks()) {
      return Status(Reason::kOverlap, "names blocks of more than the " +
                                          std::to_string(end_of_blocks()) +
                                          " bytes before the footer: they overlap");
    }
    ++num_blocks_;
  }
}

Status TableReader::CheckMetaindex() const {
  const Result<Block> block = Block::Read(*file_, metaindex_, end_of_blocks(), max_nbytes_);
  const Status status = block.ok()
                            ? AtBlock(metaindex_, BlockCursor::Make(block->contents())).status()
                            : block.status();
  return status.In("metaindex").AtPath(file_->path());
}

Status TableReader::ForEach(const Visitor& visit) const {
  return WalkBlocks(visit).AtPath(file_->path());
}

Status TableReader::WalkBlocks(const Visitor& visit) const {
  CAIRN_ASSIGN_OR_RETURN(BlockCursor index, BlockCursor::Make(index_->contents()));
  BlockCursor previous = index;  // one entry behind: a key of its own for each block would cost
  Neighbours neighbours;
  for (size_t i = 0; i < num_blocks_; ++i) {
    if (i > 0) {
      CAIRN_RETURN_IF_ERROR(previous.Next().status());
      neighbours.previous_index_key = previous.key();
    }
    CAIRN_RETURN_IF_ERROR(index.Next().status());
    neighbours.index_key = index.key();
    CAIRN_ASSIGN_OR_RETURN(const BlockHandle handle, ParseIndexValue(index.value()));
    CAIRN_ASSIGN_OR_RETURN(const Block block,
                           Block::Read(*file_, handle, end_of_blocks(), max_nbytes_));
    CAIRN_RETURN_IF_ERROR(WalkEntries(handle, block, neighbours, visit));
  }
  return {};
}

std::vector<BlockHandle> TableReader::Blocks() const {
  std::vector<BlockHandle> blocks;
  // The index was checked when it was read.
  auto cursor = BlockCursor::Make(index_->contents());
  while (cursor.ok()) {
    const Result<bool> more = cursor->Next();
    if (!more.ok() || !*more) break;
    if (const auto handle = ParseIndexValue(cursor->value()); handle.ok())
      blocks.push_back(*handle);
  }
  return blocks;
}

std::optional<BlockHandle> TableReader::BlockOf(std::string_view key) const {
  // The index was checked when it was read.
  auto cursor = BlockCursor::Make(index_->contents());
  if (!cursor.ok()) return std::nullopt;
  const Result<bool> found = cursor->Seek(key);
  if (!found.ok() || !*found) return std::nullopt;
  const auto handle = ParseIndexValue(cursor->value());
  return handle.ok() ? std::optional(*handle) : std::nullopt;
}

Result<bool> TableReader::HasCompressedBlocks() const {
  for (const BlockHandle handle : Blocks()) {
    std::array<std::byte, 1> type;
    CAIRN_RETURN_IF_ERROR(file_->ReadAt(handle.offset + handle.nbytes, type));
    if (std::to_integer<uint8_t>(type[0]) != static_cast<uint8_t>(BlockType::kPlain)) return true;
  }
  return false;
}

Result<uint32_t> TableReader::StoredCrc32c(BlockHandle handle) const {
  std::array<std::byte, sizeof(uint32_t)> stored;
  CAIRN_RETURN_IF_ERROR(
      file_->ReadAt(handle.offset + handle.nbytes + kBlockTrailerNbytes - stored.size(), stored));
  return UnmaskCrc32c(LoadLittleEndian<uint32_t>(stored.data()));
}

Result<std::optional<FoundEntry>> TableReader::Find(std::string_view key) const {
  const auto handle = BlockOf(key);
  if (!handle) return std::optional<FoundEntry>();
  return FindInBlock(*handle, key).AtPath(file_->path());
}

Result<std::optional<FoundEntry>> TableReader::FindInBlock(BlockHandle handle,
                                                           std::string_view key) const {
  CAIRN_ASSIGN_OR_RETURN(Block block, Block::Read(*file_, handle, end_of_blocks(), max_nbytes_));
  CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, AtBlock(handle, BlockCursor::Make(block.contents())));
  const Result<bool> found = AtBlock(handle, cursor.Seek(key));
  if (!found.ok()) return found.status();
  if (!*found || cursor.key() != key) return std::optional<FoundEntry>();
  const Bytes value = cursor.value();
  return std::optional(FoundEntry{std::move(block), value});
}

}  // namespace cairn::sstable
