#include "cairn/testing/table_bytes.h"

#include <snappy.h>

#include <algorithm>

#include "cairn/codec/sstable/block.h"
#include "cairn/core/checked_math.h"
#include "cairn/io/checksum.h"
#include "cairn/testing/damage.h"

namespace cairn {
namespace {

using sstable::BlockHandle;

class ReadFile final : public RandomAccessFile {
 public:
  explicit ReadFile(std::vector<std::byte> content) : file_(std::move(content), "t.index") {}
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return file_.ReadAt(offset, out);
  }
  uint64_t size() const override { return file_.size(); }
  const std::string& path() const override { return file_.path(); }

 private:
  MemoryFile file_;
};

std::string MakeTableOf(const TableEntries& entries, size_t entries_per_block, bool compress) {
  TableBytes table;
  for (size_t begin = 0; begin < entries.size(); begin += entries_per_block) {
    const size_t end = std::min(entries.size(), begin + entries_per_block);
    BlockBytes block;
    for (size_t i = begin; i < end; ++i) block.Add(entries[i].first, entries[i].second);
    const std::string& last_key = entries[end - 1].first;
    if (compress) {
      table.Index(last_key, table.Append(CompressSnappy(block.contents()), 1));
    } else {
      table.AddBlock(block, last_key);
    }
  }
  return table.Finish();
}

// Whether there was a whole block to seal.
bool SealBlock(std::string& file, BlockHandle handle) {
  const uint64_t end = file.size() - sstable::kFooterNbytes;
  if (!sstable::CheckBounds(handle, end).ok()) return false;
  const Bytes covered = AsBytes(file).subspan(handle.offset, handle.nbytes + 1);
  const uint32_t crc = MaskCrc32c(Crc32c(covered));
  std::memcpy(file.data() + handle.offset + covered.size(), &crc, sizeof crc);
  return true;
}

}  // namespace

BlockBytes& BlockBytes::Add(std::string_view key, std::string_view value) {
  size_t shared = 0;
  if (since_restart_ == restart_interval_) {
    restarts_.push_back(static_cast<uint32_t>(entries_.size()));
    since_restart_ = 0;
  } else if (since_restart_ > 0) {
    shared = static_cast<size_t>(std::ranges::mismatch(last_key_, key).in1 - last_key_.begin());
  }
  ++since_restart_;
  last_key_ = key;
  return AddRaw(shared, key.size() - shared, value.size(),
                std::string(key.substr(shared)) + std::string(value));
}

BlockBytes& BlockBytes::AddRaw(uint64_t shared, uint64_t unshared, uint64_t value_nbytes,
                               std::string_view rest) {
  for (uint64_t length : {shared, unshared, value_nbytes}) sstable::AppendVarint(entries_, length);
  entries_ += rest;
  return *this;
}

BlockBytes& BlockBytes::SetRestarts(std::vector<uint32_t> offsets) {
  restarts_ = std::move(offsets);
  return *this;
}

BlockBytes& BlockBytes::SetRestartCount(uint32_t count) {
  restart_count_ = count;
  return *this;
}

std::string BlockBytes::contents() const {
  std::string contents = entries_;
  for (uint32_t restart : restarts_) sstable::AppendFixed32(contents, restart);
  sstable::AppendFixed32(contents,
                         restart_count_.value_or(static_cast<uint32_t>(restarts_.size())));
  return contents;
}

BlockHandle TableBytes::Append(std::string_view contents, uint8_t type) {
  const std::string covered = std::string(contents) + static_cast<char>(type);
  return AppendWithCrc(contents, type, MaskCrc32c(Crc32c(AsBytes(covered))));
}

BlockHandle TableBytes::AppendWithCrc(std::string_view contents, uint8_t type,
                                      uint32_t stored_crc) {
  const BlockHandle handle{file_.size(), contents.size()};
  file_ += contents;
  file_ += static_cast<char>(type);
  sstable::AppendFixed32(file_, stored_crc);
  return handle;
}

TableBytes& TableBytes::AppendGap(std::string_view bytes) {
  file_ += bytes;
  return *this;
}

TableBytes& TableBytes::Index(std::string_view key, BlockHandle handle) {
  std::string value;
  sstable::AppendHandle(value, handle);
  return IndexRaw(key, value);
}

TableBytes& TableBytes::IndexRaw(std::string_view key, std::string_view value) {
  index_.Add(key, value);
  return *this;
}

TableBytes& TableBytes::AddBlock(const BlockBytes& block, std::string_view index_key) {
  return Index(index_key, Append(block.contents()));
}

std::string TableBytes::Finish() { return FinishWithIndex(index_.contents()); }

std::string TableBytes::FinishWithIndex(std::string_view index_contents) {
  const BlockHandle metaindex = Append(BlockBytes().contents());
  return FinishWithFooter(metaindex, Append(index_contents));
}

std::string TableBytes::FinishWithFooter(BlockHandle metaindex, BlockHandle index) {
  sstable::AppendFooter(file_, {metaindex, index});
  return file_;
}

std::string MakeTable(const TableEntries& entries, size_t entries_per_block) {
  return MakeTableOf(entries, entries_per_block, false);
}

std::string MakeSnappyTable(const TableEntries& entries, size_t entries_per_block) {
  return MakeTableOf(entries, entries_per_block, true);
}

std::string CompressSnappy(std::string_view plain) {
  std::string compressed;
  snappy::Compress(plain.data(), plain.size(), &compressed);
  return compressed;
}

void SealTable(std::string& file) {
  if (file.size() < sstable::kFooterNbytes) return;
  const auto footer = sstable::ParseFooter(AsBytes(file).last(sstable::kFooterNbytes));
  if (!footer.ok()) return;
  (void)SealBlock(file, footer->metaindex);
  if (!SealBlock(file, footer->index)) return;
  const MemoryFile view(AsBytes(file), "t.index");
  const auto index =
      sstable::Block::Read(view, footer->index, file.size() - sstable::kFooterNbytes, file.size());
  if (!index.ok()) return;
  auto cursor = sstable::BlockCursor::Make(index->contents());
  std::vector<BlockHandle> handles;  // first all of them: sealing may write into the index itself
  while (cursor.ok()) {
    const auto more = cursor->Next();
    if (!more.ok() || !*more) break;
    ByteReader value(cursor->value());
    const auto handle = sstable::ParseHandle(value);
    if (handle.ok()) handles.push_back(*handle);
  }
  for (BlockHandle handle : handles) (void)SealBlock(file, handle);
  (void)SealBlock(file, footer->index);
}

std::string SealedTable(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  SealTable(file);
  return file;
}

std::shared_ptr<const RandomAccessFile> OpenBytes(std::string_view bytes, Access access) {
  if (access == Access::kRead) return std::make_shared<const ReadFile>(ToVector(AsBytes(bytes)));
  return std::make_shared<const MemoryFile>(ToVector(AsBytes(bytes)), "t.index");
}

}  // namespace cairn
