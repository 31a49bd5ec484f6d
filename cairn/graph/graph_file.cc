#include "cairn/graph/graph_file.h"

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr uint64_t kMaxNbytes = uint64_t{2} << 30;

}  // namespace

Result<std::vector<std::byte>> ReadGraphFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  if (file->size() > kMaxNbytes) {
    return Status(Reason::kLimit,
                  "has " + std::to_string(file->size()) + " bytes, a graph has at most 2 GiB")
        .AtPath(path);
  }
  std::vector<std::byte> message(file->size());
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, message));
  return message;
}

}  // namespace cairn
