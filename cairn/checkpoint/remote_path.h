// Tells paths of object stores and web servers from those of files.
#ifndef CAIRN_CHECKPOINT_REMOTE_PATH_H_
#define CAIRN_CHECKPOINT_REMOTE_PATH_H_

#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Whether a path is that of a file, and not an address such as "gs://bucket/model". Errors:
// kUnsupported, with what to do as hint.
Status CheckIsLocal(std::string_view path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_REMOTE_PATH_H_
