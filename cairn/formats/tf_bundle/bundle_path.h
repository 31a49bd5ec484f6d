// The names of a bundle's files.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PATH_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PATH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::tf_bundle {

// "run/model-1.index"
std::string IndexPath(std::string_view prefix);
// "run/model-1.data-00000-of-00002"
std::string DataPath(std::string_view prefix, uint32_t shard, uint32_t num_shards);

struct DataFileName {
  std::string_view prefix;
  uint32_t shard = 0;
  uint32_t num_shards = 0;
};
// Takes the name of a data file apart; nothing for any other name.
std::optional<DataFileName> ParseDataPath(std::string_view path);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_PATH_H_
