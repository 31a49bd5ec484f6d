#include "cairn/codec/sstable/table_audit.h"

#include <algorithm>
#include <array>

namespace cairn::sstable {
namespace {

// Where a block and its trailer lie.
struct Stretch {
  uint64_t begin;
  uint64_t end;
};

Stretch StretchOf(BlockHandle handle) {
  return {handle.offset, handle.offset + handle.nbytes + kBlockTrailerNbytes};
}

std::string At(uint64_t offset) { return " at " + std::to_string(offset); }

void AuditStretches(std::vector<Stretch> stretches, uint64_t end, std::vector<Status>& found) {
  std::ranges::sort(stretches, {}, &Stretch::begin);
  uint64_t position = 0;
  for (const Stretch& stretch : stretches) {
    if (stretch.begin > position) {
      found.emplace_back(Reason::kPadding, std::to_string(stretch.begin - position) + " bytes" +
                                               At(position) + " belong to no block");
    }
    if (stretch.begin < position) {
      found.emplace_back(Reason::kOverlap,
                         "block" + At(stretch.begin) + " shares bytes with the one before it");
    }
    position = std::max(position, stretch.end);
  }
  if (position < end) {
    found.emplace_back(Reason::kPadding, std::to_string(end - position) + " bytes" + At(position) +
                                             " before the footer belong to no block");
  }
}

// Padding that is not zero, or handles in more bytes than they need.
void AuditFooter(const Footer& footer, Bytes bytes, uint64_t offset, std::vector<Status>& found) {
  std::string written;
  AppendFooter(written, footer);
  if (written != AsText(bytes)) {
    found.emplace_back(Reason::kPadding, "the footer" + At(offset) +
                                             " is not as a writer leaves it: its padding, or how "
                                             "its numbers are written");
  }
}

}  // namespace

Result<std::vector<Status>> AuditTable(const TableReader& table) {
  const RandomAccessFile& file = table.file();
  const uint64_t end = file.size() - kFooterNbytes;
  std::array<std::byte, kFooterNbytes> bytes;
  CAIRN_RETURN_IF_ERROR(file.ReadAt(end, bytes));
  CAIRN_ASSIGN_OR_RETURN(const Footer footer, ParseFooter(bytes).In(file.path()));
  const std::vector<BlockHandle> blocks = table.Blocks();
  std::vector<Stretch> stretches = {StretchOf(footer.metaindex), StretchOf(footer.index)};
  std::vector<Status> found;
  for (size_t i = 0; i < blocks.size(); ++i) {
    stretches.push_back(StretchOf(blocks[i]));
    if (i > 0 && blocks[i].offset < blocks[i - 1].offset) {
      found.emplace_back(Reason::kOrder,
                         "block" + At(blocks[i].offset) + " lies before one of smaller keys");
    }
  }
  AuditStretches(std::move(stretches), end, found);
  AuditFooter(footer, bytes, end, found);
  for (Status& status : found) status = status.In(file.path());
  return found;
}

}  // namespace cairn::sstable
