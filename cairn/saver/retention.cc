#include "cairn/saver/retention.h"

#include <algorithm>
#include <cmath>

#include "cairn/checkpoint/verdict.h"
#include "cairn/saver/retention_budget.h"
#include "cairn/saver/retention_candidate.h"
#include "cairn/saver/retention_words.h"
#include "cairn/state/saved_name.h"

namespace cairn {
namespace {

class Planner {
 public:
  Planner(const RetentionInput& input, const RetentionRules& rules)
      : input_(input),
        rules_(rules),
        candidates_(MakeCandidates(input)),
        is_saved_(std::ranges::binary_search(input.steps, input.saved)) {}

  RetentionPlan Plan() {
    CarryOverOthers();
    BeginSparing();
    if (is_saved_) candidates_.back().Keep(Importance::kLastGood, "just saved");
    const size_t num_older = KeepNewest();
    KeepMultiples();
    KeepBest();
    SpareDue(num_older);
    SayWhySpared();
    SayWhyNotKept();
    FitIntoBudget();
    SayWhatDoesNotVerify();
    ListKept();
    WarnOfNewer();
    MakeVerdicts();
    return std::move(plan_);
  }

 private:
  using Candidate = RetentionCandidate;

  bool spares() const { return rules_.keep_checkpoint_every_n_hours > 0; }
  std::optional<double>& last_spared() { return plan_.state.last_preserved_timestamp; }
  bool IsJustSaved(const Candidate& candidate) const {
    return is_saved_ && candidate.step == input_.saved;
  }

  // Whether a checkpoint verifies. The one just saved does.
  const Status& Judge(const Candidate& candidate) {
    const auto [found, is_new] = verdicts_.try_emplace(candidate.step);
    if (is_new && !IsJustSaved(candidate)) found->second = input_.verify(candidate.step);
    return found->second;
  }
  // The same, or success if nobody has asked yet.
  Status KnownVerdict(const Candidate& candidate) const {
    const auto found = verdicts_.find(candidate.step);
    return found == verdicts_.end() ? Status() : found->second;
  }

  void List(std::string path, double time) {
    plan_.state.all.push_back(std::move(path));
    plan_.state.timestamps.push_back(time);
  }

  void CarryOverOthers() {
    if (!input_.state) return;
    for (size_t i = 0; i < input_.state->all.size(); ++i) {
      if (!StepOfEntry(input_.state->all[i]))
        List(input_.state->all[i], TimeOfEntry(*input_.state, i));
    }
  }

  // Without a record of what was spared, only as many are managed as can be there without it: those
  // kept, the new one, and one that a crash left. Older ones may be what somebody wanted to keep.
  void BeginSparing() {
    if (input_.state) last_spared() = input_.state->last_preserved_timestamp;
    if (last_spared() && !std::isfinite(*last_spared())) last_spared().reset();
    if (spares() && !last_spared() && !candidates_.empty()) RecordSparing();
    const size_t num_older = candidates_.size() - (is_saved_ ? 1 : 0);
    for (Candidate& candidate : std::span(candidates_).first(num_older))
      candidate.is_spared = last_spared() && candidate.time <= *last_spared();
  }

  void RecordSparing() {
    last_spared() = candidates_.front().time - kTimeTick;
    const uint64_t managed = rules_.max_to_keep + (is_saved_ ? 1 : 0);
    if (rules_.max_to_keep == 0 || candidates_.size() <= managed) return;
    const Candidate& newest_spared = candidates_[candidates_.size() - managed - 1];
    last_spared() = newest_spared.time;
    plan_.warnings.push_back("no record of which checkpoints were to be kept: " +
                             SavedName(newest_spared.step) + " and older ones are not removed");
  }

  // Returns how many of the candidates, from the oldest, may be older than the newest ones.
  size_t KeepNewest() {
    const std::string reason = NewestText(rules_.max_to_keep);
    if (is_saved_) candidates_.back().Keep(Importance::kLastGood, reason);
    const size_t num_before = candidates_.size() - (is_saved_ ? 1 : 0);
    const auto num_managed = num_before - static_cast<size_t>(std::ranges::count(
                                              candidates_, true, &Candidate::is_spared));
    // One place is the new one's; where that is still to be saved, one more is needed as the last
    // good one.
    const uint64_t places = std::max<uint64_t>(rules_.max_to_keep, is_saved_ ? 1 : 2) - 1;
    const bool all_stay = rules_.max_to_keep == 0 || num_managed <= places;
    uint64_t num_sound = 0;
    size_t i = num_before;
    for (; i > 0 && (all_stay || num_sound < places); --i) {
      Candidate& candidate = candidates_[i - 1];
      if (candidate.is_spared && rules_.max_to_keep > 0) continue;
      if (all_stay || Judge(candidate).ok()) {
        candidate.Keep(Importance::kNewest, reason);
        ++num_sound;
      } else {
        const bool is_damaged = IsDamage(Judge(candidate));
        candidate.importance = is_damaged ? Importance::kDamaged : Importance::kNewest;
      }
    }
    return i;
  }

  void KeepMultiples() {
    if (rules_.keep_every_n_steps <= 0) return;
    for (Candidate& candidate : candidates_) {
      if (candidate.step % rules_.keep_every_n_steps == 0)
        candidate.Keep(Importance::kHistory, MultipleText(rules_.keep_every_n_steps));
    }
  }

  // Candidates whose value is known, the best first.
  std::vector<std::pair<double, Candidate*>> RankByValue() {
    std::vector<std::pair<double, Candidate*>> ranked;
    for (Candidate& candidate : candidates_) {
      const auto value = input_.values.find(candidate.step);
      if (value != input_.values.end() && !std::isnan(value->second))
        ranked.emplace_back(value->second, &candidate);
    }
    std::ranges::sort(ranked, [&](const auto& a, const auto& b) {
      if (a.first == b.first) return a.second->step < b.second->step;
      return rules_.keep_best.largest ? a.first > b.first : a.first < b.first;
    });
    return ranked;
  }

  void KeepBest() {
    if (rules_.keep_best.count == 0) return;
    const auto ranked = RankByValue();
    // Where there are no more than stay, none has to be read.
    const bool all_stay = ranked.size() <= rules_.keep_best.count;
    uint64_t num_sound = 0;
    for (size_t i = 0; i < ranked.size() && num_sound < rules_.keep_best.count; ++i) {
      const auto& [value, candidate] = ranked[i];
      const Status sound = all_stay ? KnownVerdict(*candidate) : Judge(*candidate);
      if (IsDamage(sound)) continue;
      if (sound.ok()) ++num_sound;
      candidate->best_rank = i;
      candidate->Keep(Importance::kBest, BestText(rules_.keep_best, value));
    }
  }

  // A checkpoint is due when it is older than the newest ones, whatever else keeps it: so the other
  // rules do not change which ones are spared.
  void SpareDue(size_t num_older) {
    if (!spares()) return;
    for (Candidate& candidate : std::span(candidates_).first(num_older)) {
      const double due = last_spared().value_or(0) + rules_.keep_checkpoint_every_n_hours * 3600;
      if (candidate.is_spared || candidate.time < due) continue;
      if (IsDamage(Judge(candidate))) continue;
      candidate.is_spared = true;
      // While one cannot be read, the next one may be spared in its place.
      if (Judge(candidate).ok()) last_spared() = candidate.time;
    }
  }

  void SayWhySpared() {
    const Candidate* before = nullptr;
    for (Candidate& candidate : candidates_) {
      if (!candidate.is_spared) continue;
      candidate.Keep(
          Importance::kHistory,
          before ? SparedText(candidate.time - before->time, before->step) : SparedText(0, 0));
      before = &candidate;
    }
  }

  void SayWhyNotKept() {
    for (Candidate& candidate : candidates_) {
      if (candidate.is_kept()) continue;
      candidate.reasons.push_back(BeyondNewestText(rules_.max_to_keep));
      const auto value = input_.values.find(candidate.step);
      if (rules_.keep_best.count > 0 && value != input_.values.end())
        candidate.reasons.push_back(NotBestText(rules_.keep_best, value->second));
    }
  }

  void FitIntoBudget() {
    if (rules_.max_nbytes == 0) return;
    const auto size = input_.nbytes.find(input_.saved);
    const uint64_t new_nbytes = size == input_.nbytes.end() ? 0 : size->second;
    if (new_nbytes > rules_.max_nbytes) {
      plan_.warnings.push_back(SavedName(input_.saved) + " alone is larger than " +
                               BudgetText(rules_.max_nbytes));
    }
    uint64_t nbytes = rules_.max_nbytes;
    if (!is_saved_) {
      nbytes -= std::min(nbytes, new_nbytes);
      if (NbytesKept(candidates_) > nbytes) KeepLastGood();
    }
    const auto judge = [this](const Candidate& candidate) { return Judge(candidate); };
    FitBudget(nbytes, BudgetText(rules_.max_nbytes), judge, candidates_);
  }

  void KeepLastGood() {
    for (size_t i = candidates_.size(); i-- > 0;) {
      if (!candidates_[i].is_kept() || !Judge(candidates_[i]).ok()) continue;
      return candidates_[i].Keep(Importance::kLastGood, "the last good one");
    }
  }

  void SayWhatDoesNotVerify() {
    for (Candidate& candidate : candidates_) {
      const Status sound = KnownVerdict(candidate);
      if (sound.ok()) continue;
      if (!candidate.is_kept()) {
        candidate.reasons.push_back("does not verify: " + sound.ToString());
        continue;
      }
      candidate.reasons.push_back("left alone and not counted: " + sound.ToString());
      plan_.warnings.push_back(SavedName(candidate.step) +
                               " is left alone and not counted: " + std::string(sound.message()));
    }
  }

  std::string NameOf(int64_t step) const {
    const auto found = input_.names.find(step);
    return found != input_.names.end() ? found->second : SavedName(step);
  }

  // The state file names what stays, but nothing that is known to be damaged. What is spared stays
  // named, or it would no longer be known as such.
  void ListKept() {
    double moved = last_spared().value_or(0);
    for (const Candidate& candidate : candidates_) {
      const bool is_damaged = IsDamage(KnownVerdict(candidate)) && !candidate.is_spared;
      if (!candidate.is_kept() || is_damaged) continue;
      double time = candidate.time;
      if (last_spared() && !candidate.is_spared && time <= *last_spared())
        time = moved += kTimeTick;
      List(NameOf(candidate.step), time);
    }
    if (!is_saved_) PutLatestLast();
    if (!plan_.state.all.empty()) plan_.state.latest = plan_.state.all.back();
  }

  // Where no checkpoint was saved, the one that was called the newest is still that.
  void PutLatestLast() {
    if (!input_.state) return;
    const auto step = StepOfEntry(input_.state->latest);
    const std::string latest = step ? NameOf(*step) : input_.state->latest;
    StateFile& state = plan_.state;
    const auto found = std::ranges::find(state.all, latest);
    if (found == state.all.end()) return;
    const auto at = found - state.all.begin();
    std::rotate(found, found + 1, state.all.end());
    std::rotate(state.timestamps.begin() + at, state.timestamps.begin() + at + 1,
                state.timestamps.end());
  }

  void WarnOfNewer() {
    if (!is_saved_ || input_.steps.back() <= input_.saved) return;
    plan_.warnings.push_back(SavedName(input_.steps.back()) + " is of a later step than " +
                             SavedName(input_.saved) +
                             ": where it verifies, a resumed run takes it");
  }

  void MakeVerdicts() {
    std::ranges::sort(candidates_, {}, &Candidate::step);
    for (Candidate& candidate : candidates_) {
      if (!candidate.is_kept()) plan_.remove.push_back(candidate.step);
      plan_.verdicts.push_back({.step = candidate.step,
                                .is_kept = candidate.is_kept(),
                                .reasons = std::move(candidate.reasons)});
    }
  }

  const RetentionInput& input_;
  const RetentionRules& rules_;
  std::vector<RetentionCandidate> candidates_;  // ascending, the one just saved last
  bool is_saved_;                               // false: room is made for it
  std::map<int64_t, Status> verdicts_;          // of what was judged for this plan, by step
  RetentionPlan plan_;
};

}  // namespace

RetentionPlan PlanRetention(const RetentionInput& input, const RetentionRules& rules) {
  return Planner(input, rules).Plan();
}

}  // namespace cairn
