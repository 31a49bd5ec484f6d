#include "cairn/formats/tf_v1/v1_path.h"

#include <algorithm>
#include <charconv>

namespace cairn::tf_v1 {
namespace {

constexpr size_t kDigits = 5;
constexpr uint32_t kMaxShards = 99'999;
constexpr std::string_view kAnyShard = "\?\?\?\?\?";
constexpr std::string_view kOf = "-of-";

std::optional<uint32_t> ParseNumber(std::string_view digits) {
  uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (digits.size() != kDigits || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string Digits(uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::string ShardPath(const ShardName& name, uint32_t shard) {
  return std::string(name.stem) + "-" + Digits(shard) + std::string(kOf) + Digits(name.num_shards);
}

}  // namespace

std::optional<ShardName> ParseShardPath(std::string_view path) {
  constexpr size_t kTail = 1 + kDigits + kOf.size() + kDigits;
  if (path.size() <= kTail) return std::nullopt;
  const std::string_view tail = path.substr(path.size() - kTail);
  const auto num_shards = ParseNumber(tail.substr(kTail - kDigits));
  if (tail[0] != '-' || tail.substr(1 + kDigits, kOf.size()) != kOf) return std::nullopt;
  if (!num_shards || *num_shards == 0 || *num_shards > kMaxShards) return std::nullopt;
  ShardName name{path.substr(0, path.size() - kTail), std::nullopt, *num_shards};
  const std::string_view shard = tail.substr(1, kDigits);
  if (shard == kAnyShard) return name;
  name.shard = ParseNumber(shard);
  return name.shard ? std::optional(name) : std::nullopt;
}

std::string PatternOf(std::string_view path) {
  const auto name = ParseShardPath(path);
  if (!name) return std::string(path);
  return std::string(name->stem) + "-" + std::string(kAnyShard) + std::string(kOf) +
         Digits(name->num_shards);
}

std::vector<std::string> FilesOf(std::string_view path) {
  const auto name = ParseShardPath(path);
  const bool is_extra = name && name->shard && *name->shard >= name->num_shards;
  if (!name || is_extra) return {std::string(path)};
  std::vector<std::string> files;
  for (uint32_t shard = 0; shard < name->num_shards; ++shard)
    files.push_back(ShardPath(*name, shard));
  return files;
}

std::string RepresentativeOf(FileSystem& fs, std::string_view path) {
  const auto name = ParseShardPath(path);
  if (!name || name->shard) return std::string(path);
  for (uint32_t shard = 0; shard < name->num_shards; ++shard) {
    std::string file = ShardPath(*name, shard);
    if (fs.Stat(file).ok()) return file;
  }
  return ShardPath(*name, 0);
}

}  // namespace cairn::tf_v1
