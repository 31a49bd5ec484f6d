#include "cairn/formats/tf_bundle/bundle_path.h"

#include <charconv>

namespace cairn::tf_bundle {
namespace {

// At least five digits, as printf's %05d writes them.
std::string FiveDigits(uint32_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  return digits;
}

std::optional<uint32_t> ParseFiveDigits(std::string_view digits) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || FiveDigits(number) != digits)
    return std::nullopt;
  return number;
}

}  // namespace

std::string IndexPath(std::string_view prefix) { return std::string(prefix) + ".index"; }

std::string DataPath(std::string_view prefix, uint32_t shard, uint32_t num_shards) {
  return std::string(prefix) + ".data-" + FiveDigits(shard) + "-of-" + FiveDigits(num_shards);
}

std::optional<DataFileName> ParseDataPath(std::string_view path) {
  constexpr std::string_view kData = ".data-";
  constexpr std::string_view kOf = "-of-";
  const size_t data = path.rfind(kData);
  if (data == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = path.substr(data + kData.size());
  const size_t of = numbers.find(kOf);
  if (of == std::string_view::npos) return std::nullopt;
  const auto shard = ParseFiveDigits(numbers.substr(0, of));
  const auto num_shards = ParseFiveDigits(numbers.substr(of + kOf.size()));
  if (!shard || !num_shards) return std::nullopt;
  return DataFileName{path.substr(0, data), *shard, *num_shards};
}

}  // namespace cairn::tf_bundle
