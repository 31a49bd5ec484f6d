#include "cairn/formats/safetensors/shard_name.h"

#include <algorithm>
#include <charconv>

#include "cairn/formats/safetensors/safetensors.h"

namespace cairn::safetensors {
namespace {

constexpr std::string_view kOf = "-of-";

// At least five digits.
std::string Digits(size_t number) {
  const std::string text = std::to_string(number);
  return std::string(5 - std::min<size_t>(text.size(), 5), '0') + text;
}

std::optional<size_t> ParseDigits(std::string_view digits) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || Digits(number) != digits)
    return std::nullopt;
  return number;
}

}  // namespace

std::string ShardName(std::string_view stem, size_t i, size_t count) {
  return std::string(stem) + "-" + Digits(i + 1) + std::string(kOf) + Digits(count) +
         std::string(kFileExtension);
}

std::optional<ParsedShardName> ParseShardName(std::string_view name) {
  if (!name.ends_with(kFileExtension)) return std::nullopt;
  name.remove_suffix(kFileExtension.size());
  const size_t of = name.rfind(kOf);
  if (of == name.npos || of == 0) return std::nullopt;
  const size_t dash = name.rfind('-', of - 1);
  if (dash == name.npos) return std::nullopt;
  const auto number = ParseDigits(name.substr(dash + 1, of - dash - 1));
  const auto count = ParseDigits(name.substr(of + kOf.size()));
  if (!number || !count || *number == 0) return std::nullopt;
  return ParsedShardName{name.substr(0, dash), *number - 1, *count};
}

}  // namespace cairn::safetensors
