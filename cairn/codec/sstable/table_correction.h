// Corrects single damaged bytes of a table, each by the checksum of its block.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_CORRECTION_H_
#define CAIRN_CODEC_SSTABLE_TABLE_CORRECTION_H_

#include <vector>

#include "cairn/core/file.h"

namespace cairn::sstable {

struct CorrectedTable {
  std::vector<std::byte> content;  // of the whole file
  std::vector<uint64_t> offsets;   // of the bytes that were corrected, one in a block
};

// Reads a table of at most `max_nbytes` and corrects every block that the footer and the index name
// and that has one damaged byte (damaged_byte.h). Other damage stays as it is, and a longer table
// comes back empty. Errors: those of the file.
Result<CorrectedTable> CorrectTable(const RandomAccessFile& file, uint64_t max_nbytes);

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_CORRECTION_H_
