// Deflates arrays into the members of an archive, on several threads.
#ifndef CAIRN_FORMATS_NPZ_PACK_MEMBERS_H_
#define CAIRN_FORMATS_NPZ_PACK_MEMBERS_H_

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/codec/zip/zip_directory.h"
#include "cairn/formats/npz/array_plan.h"
#include "cairn/io/file_system.h"
#include "cairn/transfer/transfer.h"

namespace cairn::npz {

// The members of an archive before its directory.
struct WrittenMembers {
  uint64_t end = 0;
  uint32_t headers_crc32 = 0;                 // of all local headers, in their order
  std::optional<uint32_t> packed_crc32 = {};  // of all packed data, in its order

  void AddHeader(std::string_view local_header);
};

// Writes member after member from the start of `file`, each with its local header. `members[i]`,
// which has no size yet, is given its sizes, place and checksum. Values are cut into stretches of
// 1 MiB that all threads share; each source's own checksum is compared on the way. The bytes are
// the same however many threads there are. `level` is that of Deflater::Make. Errors: those of the
// sources and of the file, kCancelled.
Result<WrittenMembers> PackMembers(std::span<const PlannedArray> arrays,
                                   std::span<ZipMember> members, WritableFile& file, int level,
                                   const TransferOptions& options);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_PACK_MEMBERS_H_
