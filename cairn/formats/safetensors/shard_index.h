// The index of a checkpoint in several safetensors files, "model.safetensors.index.json":
//
//   {"metadata": {"total_size": bytes of all tensors}, "weight_map": {tensor name: file name, …}}
//
// Files lie beside the index. Source: huggingface/transformers. Cairn adds to the metadata, which
// others pass over, a mark of each file, so that files of two checkpoints are not taken for one:
//
//   "cairn.file.NAME": "IDENTITY NBYTES"    eight hex digits (file_header.h), and a decimal number
//   "cairn.json_crc32c": "DIGITS"           json_checksum.h
#ifndef CAIRN_FORMATS_SAFETENSORS_SHARD_INDEX_H_
#define CAIRN_FORMATS_SAFETENSORS_SHARD_INDEX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/limits.h"
#include "cairn/core/status.h"

namespace cairn::safetensors {

struct FileMark {
  uint32_t identity = 0;
  uint64_t nbytes = 0;

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

struct ShardIndex {
  // The file that a tensor lies in, by its position in `file_names`.
  struct Place {
    std::string tensor;
    uint32_t file = 0;

    friend bool operator==(const Place&, const Place&) = default;
  };

  std::vector<Place> weight_map;          // in the order of the tensors' names, which are unique
  std::vector<std::string> file_names;    // in the order in which the weight map first names them
  std::map<std::string, FileMark> files;  // by name; empty where another program wrote the index
  std::optional<uint64_t> total_nbytes;
  // kCrc where the JSON is not as Cairn wrote it, though it says the same. Read from an index of
  // another program, it is OK.
  Status json_error = {};
};

// Other fields are passed over. Errors: kFormat, kDuplicate, kPath (a file that is not beside the
// index), kLimit.
Result<ShardIndex> ParseShardIndex(std::string_view json, const Limits& limits);
std::string EncodeShardIndex(const ShardIndex& index);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_SHARD_INDEX_H_
