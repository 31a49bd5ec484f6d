// Files that hold a graph, read whole.
#ifndef CAIRN_GRAPH_GRAPH_FILE_H_
#define CAIRN_GRAPH_GRAPH_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

inline constexpr std::string_view kMetaSuffix = ".meta";
inline constexpr std::string_view kSavedModelFile = "saved_model.pb";

// Errors: kLimit (over 2 GiB, which no protobuf message has), those of opening and reading.
Result<std::vector<std::byte>> ReadGraphFile(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_GRAPH_GRAPH_FILE_H_
