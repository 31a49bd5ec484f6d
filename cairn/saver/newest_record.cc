#include "cairn/saver/newest_record.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/state/run_state.h"

namespace cairn {
namespace {

// The name under which ModelSaver keeps its state among those of callbacks.
constexpr std::string_view kSaverName = "ModelSaver";

}  // namespace

std::optional<std::string> NewestComplete(const RunDirectory& run) {
  const auto newest =
      std::ranges::find_if(run.ranking, [&](size_t i) { return run.checkpoints[i].complete.ok(); });
  if (newest == run.ranking.end()) return std::nullopt;
  return run.checkpoints[*newest].name;
}

Result<RetentionRecord> ReadRetentionRecord(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(fs, path, {Access::kRead, {}}));
  CAIRN_ASSIGN_OR_RETURN(const std::optional<RunState> state, ReadRunState(dict));
  if (state) {
    const auto text = state->callbacks.find(std::string(kSaverName));
    if (text != state->callbacks.end()) return ParseRetentionRecord(text->second).AtPath(path);
  }
  return Status(Reason::kMissing, "has no record of them").AtPath(path);
}

}  // namespace cairn
