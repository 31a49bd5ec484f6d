#include "cairn/state/saved_name.h"

#include <charconv>

#include "cairn/state/file_checkpoints.h"

namespace cairn {
namespace {

constexpr std::string_view kPrefix = "model-";

}  // namespace

std::string SavedName(int64_t step) { return std::string(kPrefix) + std::to_string(step); }

std::string SavedFileName(int64_t step, const Format& format) {
  std::string name = SavedName(step);
  if (!format.extensions.empty()) name += format.extensions.front();
  return name;
}

std::optional<int64_t> StepOfSavedName(std::string_view name) {
  name = WithoutExtension(name);
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kPrefix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (step < 0 || SavedName(step) != name) return std::nullopt;
  return step;
}

}  // namespace cairn
