// The first bytes of files, by which formats are told.
#ifndef CAIRN_IO_READ_HEAD_H_
#define CAIRN_IO_READ_HEAD_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// At most `nbytes`; fewer of a shorter file. Errors: kIo.
Result<std::string> ReadHead(const RandomAccessFile& file, uint64_t nbytes);

// The same of the file at `path`; "" where no regular file is there. Errors: kIo.
Result<std::string> ReadHeadAt(FileSystem& fs, const std::string& path, uint64_t nbytes);

}  // namespace cairn

#endif  // CAIRN_IO_READ_HEAD_H_
