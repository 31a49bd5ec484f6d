#include "cairn/saver/retention_candidate.h"

#include <cmath>

#include "cairn/io/path.h"
#include "cairn/state/saved_name.h"

namespace cairn {
namespace {

std::map<int64_t, double> KnownTimes(const StateFile& state) {
  std::map<int64_t, double> times;
  for (size_t i = 0; i < state.all.size(); ++i) {
    const double time = TimeOfEntry(state, i);
    if (const auto step = StepOfEntry(state.all[i]); step && time > 0) times[*step] = time;
  }
  return times;
}

}  // namespace

std::optional<int64_t> StepOfEntry(const std::string& path) {
  return StepOfSavedName(BaseName(path));
}

double TimeOfEntry(const StateFile& state, size_t i) {
  if (state.timestamps.size() != state.all.size() || !std::isfinite(state.timestamps[i])) return 0;
  return state.timestamps[i];
}

std::vector<RetentionCandidate> MakeCandidates(const RetentionInput& input) {
  std::map<int64_t, double> known;
  if (input.state) known = KnownTimes(*input.state);
  // A checkpoint of this step that was there before must not lend its time to the new one.
  known.erase(input.saved);
  double now = input.now;
  for (const auto& [step, time] : known) now = std::max(now, time + kTimeTick);

  std::vector<RetentionCandidate> candidates;
  const auto add = [&](int64_t step, double time) {
    const auto size = input.nbytes.find(step);
    candidates.push_back(
        {.step = step, .time = time, .nbytes = size == input.nbytes.end() ? 0 : size->second});
  };
  double next = now;
  for (size_t i = input.steps.size(); i-- > 0;) {
    const int64_t step = input.steps[i];
    if (step == input.saved) continue;
    const auto found = known.find(step);
    next = found != known.end() ? found->second : next - kTimeTick;
    add(step, next);
  }
  std::ranges::reverse(candidates);
  if (std::ranges::binary_search(input.steps, input.saved)) add(input.saved, now);
  return candidates;
}

}  // namespace cairn
