#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/formats.h"

namespace cairn {

Result<Resolved> Resolve(FileSystem& fs, std::string_view path) {
  for (const Format& format : Formats()) {
    CAIRN_ASSIGN_OR_RETURN(const bool is_it, format.recognise(fs, std::string(path)));
    if (is_it) return Resolved{&format, std::string(path), ""};
  }
  return Status(Reason::kMissing, std::string(path) + ": no checkpoint of this name");
}

}  // namespace cairn
