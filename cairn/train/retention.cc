#include "cairn/train/retention.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cairn/io/path.h"
#include "cairn/train/saved_files.h"

namespace cairn {
namespace {

// Between stamps that must differ; far above the resolution of a double of this size.
constexpr double kTick = 0.001;

struct Stamped {
  int64_t step = 0;
  double time = 0;
};

std::optional<int64_t> OwnStep(const std::string& path) { return StepOfSavedName(BaseName(path)); }

double TimeOfEntry(const StateFile& state, size_t i) {
  if (state.timestamps.size() != state.all.size() || !std::isfinite(state.timestamps[i])) return 0;
  return state.timestamps[i];
}

std::map<int64_t, double> KnownTimes(const StateFile& state) {
  std::map<int64_t, double> times;
  for (size_t i = 0; i < state.all.size(); ++i) {
    const double time = TimeOfEntry(state, i);
    if (const auto step = OwnStep(state.all[i]); step && time > 0) times[*step] = time;
  }
  return times;
}

// Where no time is known it is just before that of the next one. The new one is younger than all,
// even where the clock went back.
std::vector<Stamped> Stamp(const RetentionInput& input) {
  std::map<int64_t, double> known;
  if (input.state) known = KnownTimes(*input.state);
  // A checkpoint of this step that was there before must not lend its time to the new one.
  known.erase(input.saved);
  double now = input.now;
  for (const auto& [step, time] : known) now = std::max(now, time + kTick);

  std::vector<Stamped> stamped;
  double next = now;
  for (size_t i = input.steps.size(); i-- > 0;) {
    const int64_t step = input.steps[i];
    if (step == input.saved) continue;
    const auto found = known.find(step);
    next = found != known.end() ? found->second : next - kTick;
    stamped.push_back({step, next});
  }
  std::ranges::reverse(stamped);
  stamped.push_back({input.saved, now});
  return stamped;
}

class Planner {
 public:
  Planner(const RetentionInput& input, const RetentionRules& rules)
      : input_(input), rules_(rules), entries_(Stamp(input)) {}

  RetentionPlan Plan() {
    CarryOverOthers();
    BeginSparing();
    std::vector<Stamped> stay;
    std::vector<Stamped> managed;
    for (const Stamped& entry : std::span(entries_).first(entries_.size() - 1))
      (IsSpared(entry) ? stay : managed).push_back(entry);
    KeepNewest(managed, stay);
    std::ranges::sort(stay, {}, &Stamped::step);
    stay.push_back(entries_.back());
    for (const Stamped& entry : stay) List(SavedName(entry.step), entry.time);
    plan_.state.latest = plan_.state.all.back();
    WarnOfNewer();
    return std::move(plan_);
  }

 private:
  bool spares() const { return rules_.keep_checkpoint_every_n_hours > 0; }
  std::optional<double>& last_spared() { return plan_.state.last_preserved_timestamp; }
  bool IsSpared(const Stamped& entry) { return last_spared() && entry.time <= *last_spared(); }

  void List(std::string path, double time) {
    plan_.state.all.push_back(std::move(path));
    plan_.state.timestamps.push_back(time);
  }

  void CarryOverOthers() {
    if (!input_.state) return;
    for (size_t i = 0; i < input_.state->all.size(); ++i) {
      if (!OwnStep(input_.state->all[i])) List(input_.state->all[i], TimeOfEntry(*input_.state, i));
    }
  }

  // Without a record of what was spared, only as many are managed as can be there without it: those
  // kept, the new one, and one that a crash left. Older ones may be what somebody wanted to keep.
  void BeginSparing() {
    if (input_.state) last_spared() = input_.state->last_preserved_timestamp;
    if (last_spared() && !std::isfinite(*last_spared())) last_spared().reset();
    if (!spares() || last_spared()) return;
    last_spared() = entries_.front().time - kTick;
    const uint64_t managed = rules_.max_to_keep + 1;
    if (rules_.max_to_keep == 0 || entries_.size() <= managed) return;
    const size_t num_spared = entries_.size() - managed;
    last_spared() = entries_[num_spared - 1].time;
    plan_.warnings.push_back("no record of which checkpoints were to be kept: " +
                             SavedName(entries_[num_spared - 1].step) +
                             " and older ones are not removed");
  }

  void KeepNewest(std::span<const Stamped> managed, std::vector<Stamped>& stay) {
    if (rules_.max_to_keep == 0 || managed.size() < rules_.max_to_keep) {
      stay.insert(stay.end(), managed.begin(), managed.end());
      return;
    }
    uint64_t room = rules_.max_to_keep - 1;  // one is the new one's
    size_t i = managed.size();
    for (; i > 0 && room > 0; --i) {
      const Status sound = input_.verify(managed[i - 1].step);
      if (sound.ok()) {
        stay.push_back(managed[i - 1]);
        --room;
      } else {
        plan_.warnings.push_back(SavedName(managed[i - 1].step) +
                                 " is left alone and not counted: " + std::string(sound.message()));
      }
    }
    for (const Stamped& entry : managed.first(i)) SpareOrRemove(entry, stay);
  }

  void SpareOrRemove(const Stamped& entry, std::vector<Stamped>& stay) {
    const double due = last_spared().value_or(0) + rules_.keep_checkpoint_every_n_hours * 3600;
    if (!spares() || entry.time < due || !input_.verify(entry.step).ok()) {
      plan_.remove.push_back(entry.step);
      return;
    }
    last_spared() = entry.time;
    stay.push_back(entry);
  }

  void WarnOfNewer() {
    const int64_t newest = input_.steps.back();
    if (newest <= input_.saved) return;
    plan_.warnings.push_back(SavedName(newest) + " is of a later step than " +
                             SavedName(input_.saved) +
                             ": where it verifies, a resumed run takes it");
  }

  const RetentionInput& input_;
  const RetentionRules& rules_;
  std::vector<Stamped> entries_;  // ascending, the one just saved last
  RetentionPlan plan_;
};

}  // namespace

RetentionPlan PlanRetention(const RetentionInput& input, const RetentionRules& rules) {
  return Planner(input, rules).Plan();
}

}  // namespace cairn
