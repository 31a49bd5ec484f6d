// Writes the values of a new checkpoint as a save asks for it.
#ifndef CAIRN_FORMATS_WRITE_VALUES_H_
#define CAIRN_FORMATS_WRITE_VALUES_H_

#include "cairn/formats/format.h"
#include "cairn/transfer/write_all.h"

namespace cairn {

// Does WriteAll and, with SaveOptions::read_back, ReadBack. That comes before anything is synced:
// the processor compares while the disk is still writing. Errors: those of both.
Result<std::vector<uint32_t>> WriteValues(FileSystem& fs, std::span<const WriteJob> jobs,
                                          const SaveOptions& options,
                                          std::span<const std::string_view> names = {});

}  // namespace cairn

#endif  // CAIRN_FORMATS_WRITE_VALUES_H_
