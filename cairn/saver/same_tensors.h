// Tells whether two checkpoints hold the same, without reading a value.
#ifndef CAIRN_SAVER_SAME_TENSORS_H_
#define CAIRN_SAVER_SAME_TENSORS_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Whether both paths are checkpoints with the same tensors by name, type, shape and checksum, and
// the same metadata. False where one cannot be opened, or a tensor has no checksum.
bool HaveSameTensors(FileSystem& fs, const std::string& a, const std::string& b);

}  // namespace cairn

#endif  // CAIRN_SAVER_SAME_TENSORS_H_
