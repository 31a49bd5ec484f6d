// A save replaces an existing file only if its caller asks for that.
#ifndef CAIRN_FORMATS_CHECK_DOES_NOT_EXIST_H_
#define CAIRN_FORMATS_CHECK_DOES_NOT_EXIST_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Errors: kExists, with advice; kIo.
Status CheckDoesNotExist(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_FORMATS_CHECK_DOES_NOT_EXIST_H_
