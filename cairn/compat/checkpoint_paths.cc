#include "cairn/compat/checkpoint_paths.h"

#include <algorithm>
#include <charconv>

#include "cairn/checkpoint/locate.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

// The step of PREFIX-<step>; nothing for other names.
std::optional<int64_t> StepBehind(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix) || !name.substr(prefix.size()).starts_with('-'))
    return std::nullopt;
  const std::string_view digits = name.substr(prefix.size() + 1);
  int64_t step = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, step);
  if (error != std::errc() || stop != end) return std::nullopt;
  return step;
}

Result<std::optional<std::string>> FindLatest(FileSystem& fs, const std::string& directory,
                                              std::string_view state_file_name) {
  CAIRN_ASSIGN_OR_RETURN(const StateFile state,
                         ReadStateFileAt(fs, JoinPath(directory, state_file_name)));
  if (state.latest.empty()) return std::optional<std::string>();
  CAIRN_ASSIGN_OR_RETURN(Located located, LocateNamed(fs, directory, state.latest));
  return std::optional(std::move(located.path));
}

}  // namespace

Result<Located> GetCheckpointPath(FileSystem& fs, std::string_view path) {
  const bool is_bare = path.find('/') == std::string_view::npos;
  return Locate(fs, (is_bare ? "./" : "") + std::string(path));
}

Result<std::vector<StepCheckpoint>> GetAllCheckpoints(FileSystem& fs, const std::string& directory,
                                                      std::string_view prefix) {
  const auto names = ListIndexes(fs, directory);
  if (!names.ok()) {
    if (names.status().reason() == Reason::kMissing) return std::vector<StepCheckpoint>();
    return names.status();
  }
  std::vector<StepCheckpoint> checkpoints;
  for (const std::string& name : *names) {
    if (const auto step = StepBehind(prefix, name))
      checkpoints.push_back({JoinPath(directory, name), *step});
  }
  std::ranges::stable_sort(checkpoints, {}, &StepCheckpoint::step);
  return checkpoints;
}

Result<std::optional<std::string>> GetLatestCheckpoint(FileSystem& fs, const std::string& directory,
                                                       std::string_view state_file_name) {
  auto latest = FindLatest(fs, directory, state_file_name);
  if (latest.status().reason() == Reason::kMissing) return std::optional<std::string>();
  return latest;
}

}  // namespace cairn
