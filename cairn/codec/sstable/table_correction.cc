#include "cairn/codec/sstable/table_correction.h"

#include "cairn/codec/sstable/block.h"
#include "cairn/codec/sstable/damaged_byte.h"
#include "cairn/codec/sstable/table_format.h"

namespace cairn::sstable {
namespace {

class Corrector {
 public:
  explicit Corrector(CorrectedTable& table)
      : table_(table), end_of_blocks_(table.content.size() - kFooterNbytes) {}

  void Run() {
    const auto footer = ParseFooter(Bytes(table_.content).subspan(end_of_blocks_));
    if (!footer.ok()) return;
    CorrectBlock(footer->metaindex);
    CorrectBlock(footer->index);
    // The index tells where the other blocks are, so it must be right first.
    for (const BlockHandle handle : HandlesIn(footer->index)) CorrectBlock(handle);
  }

 private:
  void CorrectBlock(BlockHandle handle) {
    if (!CheckBounds(handle, end_of_blocks_).ok()) return;
    const Bytes block =
        Bytes(table_.content).subspan(handle.offset, handle.nbytes + kBlockTrailerNbytes);
    const auto damaged = FindDamagedByte(block);
    if (!damaged) return;
    table_.content[handle.offset + damaged->offset] = damaged->value;
    table_.offsets.push_back(handle.offset + damaged->offset);
  }

  // Returns the handles of the entries of the index up to the first that is damaged.
  std::vector<BlockHandle> HandlesIn(BlockHandle index) const {
    std::vector<BlockHandle> handles;
    const MemoryFile file{Bytes(table_.content), "index"};
    const auto block = Block::Read(file, index, end_of_blocks_, table_.content.size());
    if (!block.ok()) return handles;
    auto cursor = BlockCursor::Make(block->contents());
    while (cursor.ok()) {
      const Result<bool> more = cursor->Next();
      if (!more.ok() || !*more) break;
      ByteReader reader(cursor->value());
      const auto handle = ParseHandle(reader);
      if (!handle.ok()) break;
      handles.push_back(*handle);
    }
    return handles;
  }

  CorrectedTable& table_;
  uint64_t end_of_blocks_;
};

}  // namespace

Result<CorrectedTable> CorrectTable(const RandomAccessFile& file, uint64_t max_nbytes) {
  CorrectedTable table;
  if (file.size() < kFooterNbytes || file.size() > max_nbytes) return table;
  table.content.resize(file.size());
  CAIRN_RETURN_IF_ERROR(file.ReadAt(0, table.content));
  Corrector(table).Run();
  return table;
}

}  // namespace cairn::sstable
