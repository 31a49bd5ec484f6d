#include "cairn/codec/sstable/table_reader.h"

#include <array>

#include "cairn/core/escape.h"

namespace cairn::sstable {

Result<TableReader> TableReader::Open(std::shared_ptr<const RandomAccessFile> file,
                                      const Limits& limits) {
  const std::string& path = file->path();
  if (file->size() < kFooterNbytes) {
    return Status(Reason::kTruncated, path + ": " + std::to_string(file->size()) +
                                          " bytes, shorter than the 48-byte footer of an SSTable");
  }
  std::array<std::byte, kFooterNbytes> bytes;
  CAIRN_RETURN_IF_ERROR(file->ReadAt(file->size() - kFooterNbytes, bytes));
  CAIRN_ASSIGN_OR_RETURN(const Footer footer, ParseFooter(bytes).In(path));
  TableReader reader(file, limits.metadata_nbytes);
  CAIRN_RETURN_IF_ERROR(reader.ReadIndex(footer.index).In(path));
  CAIRN_RETURN_IF_ERROR(reader.CheckMetaindex(footer.metaindex).In(path));
  return reader;
}

Status TableReader::ReadIndex(BlockHandle handle) {
  CAIRN_ASSIGN_OR_RETURN(const Block block,
                         Block::Read(*file_, handle, end_of_blocks(), max_nbytes_).In("index"));
  CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, BlockCursor::Make(block.contents()).In("index"));
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const bool more, cursor.Next().In("index"));
    if (!more) return {};
    ByteReader value(cursor.value());
    CAIRN_ASSIGN_OR_RETURN(const BlockHandle data, ParseHandle(value).In("index"));
    if (!value.done()) return Status(Reason::kFormat, "index: bytes after the handle of a block");
    if (data.offset >= handle.offset) {
      return Status(Reason::kFormat, "index: names a block at " + std::to_string(data.offset) +
                                         ", data blocks end before " +
                                         std::to_string(handle.offset));
    }
    blocks_.push_back({std::string(cursor.key()), data});
  }
}

// Nobody stores anything there, but its checksum is part of the file's health.
Status TableReader::CheckMetaindex(BlockHandle handle) const {
  CAIRN_ASSIGN_OR_RETURN(const Block block,
                         Block::Read(*file_, handle, end_of_blocks(), max_nbytes_).In("metaindex"));
  return BlockCursor::Make(block.contents()).In("metaindex").status();
}

Status TableReader::ForEach(const Visitor& visit) const {
  std::string previous_key;
  bool is_first = true;
  for (const IndexEntry& entry : blocks_) {
    CAIRN_RETURN_IF_ERROR(WalkBlock(entry, previous_key, is_first, visit).In(file_->path()));
  }
  return {};
}

Status TableReader::WalkBlock(const IndexEntry& entry, std::string& previous_key, bool& is_first,
                              const Visitor& visit) const {
  CAIRN_ASSIGN_OR_RETURN(const Block block,
                         Block::Read(*file_, entry.handle, end_of_blocks(), max_nbytes_));
  const std::string place = "block at " + std::to_string(entry.handle.offset);
  CAIRN_ASSIGN_OR_RETURN(BlockCursor cursor, BlockCursor::Make(block.contents()).In(place));
  bool is_first_of_block = true;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const bool more, cursor.Next().In(place));
    if (!more) break;
    if (is_first_of_block && !is_first && cursor.key() <= previous_key) {
      return Status(Reason::kOrder, place + ": key " + Quoted(cursor.key()) + " comes after " +
                                        Quoted(previous_key));
    }
    is_first = is_first_of_block = false;
    CAIRN_RETURN_IF_ERROR(visit(cursor.key(), cursor.value()));
  }
  if (is_first_of_block) return {};
  if (cursor.key() > entry.last_key) {
    return Status(Reason::kOrder, place + ": its last key " + Quoted(cursor.key()) +
                                      " is past its index key " + Quoted(entry.last_key));
  }
  previous_key = entry.last_key;
  return {};
}

}  // namespace cairn::sstable
