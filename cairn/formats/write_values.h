// Writes what a new checkpoint consists of, as a save asks for it. With SaveOptions::read_back, all
// that is written is compared with what the file holds. That comes before anything is synced: the
// processor compares while the disk is still writing.
#ifndef CAIRN_FORMATS_WRITE_VALUES_H_
#define CAIRN_FORMATS_WRITE_VALUES_H_

#include "cairn/formats/format.h"
#include "cairn/io/durable_files.h"
#include "cairn/transfer/write_all.h"

namespace cairn {

// Does WriteAll and ReadBack. Errors: those of both.
Result<std::vector<uint32_t>> WriteValues(FileSystem& fs, std::span<const WriteJob> jobs,
                                          const SaveOptions& options,
                                          std::span<const std::string_view> names = {});

// Writes bytes that describe values, such as a header. Errors: those of WriteAt and ReadBackBytes.
Status WriteBytes(FileSystem& fs, WritableFile& file, uint64_t offset, Bytes bytes,
                  const SaveOptions& options);

// Adds the commit file to the files of a checkpoint, and writes it. Errors: those of
// DurableFiles::AddCommitFile (kExists where `path` exists) and ReadBackBytes.
Status WriteCommitFile(FileSystem& fs, DurableFiles& files, const std::string& path, Bytes content,
                       const SaveOptions& options);

}  // namespace cairn

#endif  // CAIRN_FORMATS_WRITE_VALUES_H_
