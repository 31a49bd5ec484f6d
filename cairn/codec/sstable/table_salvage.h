// Reads what is left of a damaged table.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_SALVAGE_H_
#define CAIRN_CODEC_SSTABLE_TABLE_SALVAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/codec/sstable/table_reader.h"

namespace cairn::sstable {

struct SalvagedTable {
  std::vector<Status> lost;  // each block that is damaged, or what is wrong with the file
  uint64_t num_blocks = 0;   // that were read whole
  // For people: damage that lost nothing, and what was done about it.
  std::vector<std::string> notes;
};

// Calls `visit` with every entry of every block whose checksum holds, those of a block in their
// order. A block with one damaged byte is corrected first (table_correction.h). Where footer and
// index block hold, the blocks are those that the index names. Else they are looked for from the
// start of the file: a block follows the one before it, and is believed where its checksum holds
// and its restarts and entries are sound; after one that is damaged the next is looked for at every
// byte, by where its first key could end and its trailer could stand. Blocks of data and index
// blocks look alike there, so entries whose values are but handles may come too, and a key may come
// twice: the caller takes those that it can read. Never gives what no checksum covers. Errors:
// those of the file, and what `visit` gives.
Result<SalvagedTable> SalvageTable(const std::shared_ptr<const RandomAccessFile>& file,
                                   const Limits& limits, const TableReader::Visitor& visit);

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_SALVAGE_H_
