// Gives a new file the bytes of another one.
#ifndef CAIRN_CHECKPOINT_COPY_FILE_H_
#define CAIRN_CHECKPOINT_COPY_FILE_H_

#include <span>
#include <string>

#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/io/durable_files.h"

namespace cairn {

// Adds to `files` the file `to` with the bytes of `from`, by the first of the methods that the file
// system can do. Errors: kUnsupported (none can), kChanged (a copy, read again, is not what was
// read from `from`), those of DurableFiles::Add and of reading.
Result<CopiedFile> AddCopyOf(FileSystem& fs, const std::string& from, const std::string& to,
                             std::span<const CopyMethod> methods, DurableFiles& files);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_COPY_FILE_H_
