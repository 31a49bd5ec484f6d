// Finds what in a table changes no entry, and yet is not as a writer leaves it.
#ifndef CAIRN_CODEC_SSTABLE_TABLE_AUDIT_H_
#define CAIRN_CODEC_SSTABLE_TABLE_AUDIT_H_

#include <vector>

#include "cairn/codec/sstable/table_reader.h"

namespace cairn::sstable {

// kPadding: bytes between blocks or before the footer that belong to nobody, a footer with others;
// kOverlap: blocks that share bytes; kOrder: blocks that do not lie in the order of their keys.
// Each begins with the path of the file and names the offset. Errors: those of the file.
Result<std::vector<Status>> AuditTable(const TableReader& table);

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_TABLE_AUDIT_H_
