// The names of a V1 checkpoint's files.
#ifndef CAIRN_FORMATS_TF_V1_V1_PATH_H_
#define CAIRN_FORMATS_TF_V1_V1_PATH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn::tf_v1 {

struct ShardName {
  std::string_view stem;          // "run/model-10"
  std::optional<uint32_t> shard;  // nothing in a pattern: all of them
  uint32_t num_shards = 0;        // 1 to 99,999
};

// Takes "run/model-10-00000-of-00002" or "run/model-10-?????-of-00002" apart; nothing for any other
// path.
std::optional<ShardName> ParseShardPath(std::string_view path);

// The path that names the whole checkpoint of a file: "model-10-?????-of-00002" of a shard's, else
// the path itself.
std::string PatternOf(std::string_view path);

// The files of the checkpoint that `path` names: those of all shards, or the path itself.
std::vector<std::string> FilesOf(std::string_view path);
// The one that tells what they are: of a pattern the first shard that is there, or the first of all
// where none is; otherwise the path itself.
std::string RepresentativeOf(FileSystem& fs, std::string_view path);

}  // namespace cairn::tf_v1

#endif  // CAIRN_FORMATS_TF_V1_V1_PATH_H_
