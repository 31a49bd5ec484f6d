#include "cairn/codec/sstable/table_audit.h"

#include <algorithm>
#include <array>

namespace cairn::sstable {
namespace {

// Where a block and its trailer lie.
struct ByteRange {
  uint64_t begin;
  uint64_t end;
};

ByteRange RangeOf(BlockHandle handle) {
  return {handle.offset, handle.offset + handle.nbytes + kBlockTrailerNbytes};
}

void AuditRanges(std::vector<ByteRange> ranges, uint64_t end, std::vector<Status>& found) {
  std::ranges::sort(ranges, {}, &ByteRange::begin);
  const auto add = [&](Reason reason, uint64_t offset, std::string what) {
    found.push_back(Status(reason, std::move(what)).AtOffset(offset));
  };
  uint64_t position = 0;
  for (const ByteRange& range : ranges) {
    if (range.begin > position) {
      add(Reason::kPadding, position,
          std::to_string(range.begin - position) + " bytes belong to no block");
    }
    if (range.begin < position)
      add(Reason::kOverlap, range.begin, "the block shares bytes with the one before it");
    position = std::max(position, range.end);
  }
  if (position < end) {
    add(Reason::kPadding, position,
        std::to_string(end - position) + " bytes before the footer belong to no block");
  }
}

// Padding that is not zero, or handles in more bytes than they need.
void AuditFooter(const Footer& footer, Bytes bytes, uint64_t offset, std::vector<Status>& found) {
  std::string written;
  AppendFooter(written, footer);
  if (written == AsText(bytes)) return;
  found.push_back(Status(Reason::kPadding,
                         "the footer is not as a writer leaves it: its padding, or how its numbers "
                         "are written")
                      .AtOffset(offset));
}

}  // namespace

Result<std::vector<Status>> AuditTable(const TableReader& table) {
  const RandomAccessFile& file = table.file();
  const uint64_t end = file.size() - kFooterNbytes;
  std::array<std::byte, kFooterNbytes> bytes;
  CAIRN_RETURN_IF_ERROR(file.ReadAt(end, bytes));
  CAIRN_ASSIGN_OR_RETURN(const Footer footer, ParseFooter(bytes).AtPath(file.path()));
  const std::vector<BlockHandle> blocks = table.Blocks();
  std::vector<ByteRange> ranges = {RangeOf(footer.metaindex), RangeOf(footer.index)};
  std::vector<Status> found;
  for (size_t i = 0; i < blocks.size(); ++i) {
    ranges.push_back(RangeOf(blocks[i]));
    // Writers append blocks in the order of their keys. Another order can be read, but no writer
    // leaves it.
    if (i > 0 && blocks[i].offset < blocks[i - 1].offset) {
      found.push_back(Status(Reason::kOrder, "the block lies before one of smaller keys")
                          .AtOffset(blocks[i].offset));
    }
  }
  AuditRanges(std::move(ranges), end, found);
  AuditFooter(footer, bytes, end, found);
  for (Status& status : found) status = status.AtPath(file.path());
  return found;
}

}  // namespace cairn::sstable
