// Reads again what WriteAll wrote.
#ifndef CAIRN_TRANSFER_READ_BACK_H_
#define CAIRN_TRANSFER_READ_BACK_H_

#include "cairn/transfer/write_all.h"

namespace cairn {

// Reads the bytes of every job from its file, and compares them with the checksums that WriteAll
// returned for the jobs; heads are compared, too. The files are not mapped, since a disk error in a
// mapped file ends the process. Errors, which say that they come from this: kCrc and kTruncated
// where the bytes differ, kCancelled, kNoMemory, those of the files.
Status ReadBack(FileSystem& fs, std::span<const WriteJob> jobs, std::span<const uint32_t> checksums,
                const TransferOptions& options, std::span<const std::string_view> names = {});

// Does the same for bytes that are still at hand: a header, an index. Errors: as ReadBack.
Status ReadBackBytes(FileSystem& fs, const std::string& path, uint64_t offset, Bytes written);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_READ_BACK_H_
