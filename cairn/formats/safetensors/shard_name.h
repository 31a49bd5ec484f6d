// The names of the files of a checkpoint in several: "model-00001-of-00003.safetensors".
#ifndef CAIRN_FORMATS_SAFETENSORS_SHARD_NAME_H_
#define CAIRN_FORMATS_SAFETENSORS_SHARD_NAME_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::safetensors {

// `i` counts from 0, the name from 1.
std::string ShardName(std::string_view stem, size_t i, size_t count);

struct ParsedShardName {
  std::string_view stem;
  size_t i = 0;
  size_t count = 0;
};
// Takes such a name or path apart; nothing for any other one.
std::optional<ParsedShardName> ParseShardName(std::string_view name);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_SHARD_NAME_H_
