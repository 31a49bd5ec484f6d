#include "cairn/saver/explain_retention.h"

#include <algorithm>
#include <map>
#include <set>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/verdict.h"
#include "cairn/io/path.h"
#include "cairn/saver/newest_record.h"
#include "cairn/saver/saved_files.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/run_directory.h"

namespace cairn {
namespace {

// The record of the checkpoint that a resumed run would try first, if it is complete. Errors:
// kMissing (no complete checkpoint), those of ReadRetentionRecord.
Result<RetentionRecord> ReadRecord(FileSystem& fs, const RunDirectory& run) {
  const std::optional<std::string> newest = NewestComplete(run);
  if (!newest) return Status(Reason::kMissing, "no checkpoint is complete").AtPath(run.path);
  return ReadRetentionRecord(fs, JoinPath(run.path, *newest));
}

// Whether the state file lists a checkpoint, and what it says of it.
std::string WhatListSays(const std::optional<StateFile>& state, const std::string& name) {
  for (size_t i = 0; state && i < state->all.size(); ++i) {
    if (BaseNameOnWindows(state->all[i]) != name) continue;
    const bool is_spared = state->timestamps.size() == state->all.size() &&
                           state->last_preserved_timestamp &&
                           state->timestamps[i] <= *state->last_preserved_timestamp;
    return is_spared ? "the state file lists it as kept for good" : "the state file lists it";
  }
  return "the state file does not list it";
}

class Explainer {
 public:
  Explainer(FileSystem& fs, RunDirectory run, const VerifyOptions& options)
      : fs_(fs), run_(std::move(run)), options_(options) {}

  Result<RetentionExplanation> Explain() {
    explanation_.path = run_.path;
    explanation_.notes = run_.notes;
    CAIRN_RETURN_IF_ERROR(ListCheckpoints());
    Result<StateFile> state = ReadStateFile(fs_, run_.path);
    if (state.ok()) state_ = *std::move(state);
    const Result<RetentionRecord> record = ReadRecord(fs_, run_);
    if (record.ok()) {
      explanation_.rules = record->rules;
      ExplainByRules(*record);
      CAIRN_RETURN_IF_ERROR(interrupted_);
    } else {
      explanation_.notes.push_back("the rules are not known: " +
                                   std::string(record.status().message()));
      for (ExplainedCheckpoint& checkpoint : explanation_.checkpoints) SayWhatStateSays(checkpoint);
    }
    return std::move(explanation_);
  }

 private:
  Status ListCheckpoints() {
    CAIRN_ASSIGN_OR_RETURN(const SavedListing listing, ListSavedFiles(fs_, run_.path));
    for (size_t i = 0; i < run_.checkpoints.size(); ++i) {
      const RunCheckpoint& checkpoint = run_.checkpoints[i];
      explanation_.checkpoints.push_back({.name = checkpoint.name,
                                          .step = checkpoint.step,
                                          .nbytes = checkpoint.nbytes,
                                          .sound = checkpoint.complete});
      // The step that counts is that of the name.
      const auto step = StepOfSavedName(checkpoint.name);
      const auto files = step ? listing.by_step.find(*step) : listing.by_step.end();
      if (files == listing.by_step.end() || !files->second.has_index) continue;
      ExplainedCheckpoint& explained = explanation_.checkpoints.back();
      explained.is_managed = true;
      if (const std::string name = NameToOpen(files->second); name == checkpoint.name)
        own_[*step] = i;
      else  // The same step in another format.
        explained.kept_because = {"beside " + name + ", and removed with it"};
    }
    return {};
  }

  ExplainedCheckpoint& OwnAt(int64_t step) { return explanation_.checkpoints[own_.at(step)]; }

  // Each is read once. A plan asks in an order of its own, so what ends the work is kept aside.
  Status Judge(int64_t step) {
    ExplainedCheckpoint& checkpoint = OwnAt(step);
    if (!checkpoint.sound.ok() || !interrupted_.ok() || options_.depth == VerifyDepth::kQuick)
      return checkpoint.sound;
    if (!judged_.insert(step).second) return checkpoint.sound;
    const std::string path = JoinPath(run_.path, checkpoint.name);
    checkpoint.sound = CheckSound(fs_, path, options_);
    if (checkpoint.sound.reason() == Reason::kMissing && IsRemoved(fs_, path))
      checkpoint.sound = Status(Reason::kGone, "was removed while it was verified").AtPath(path);
    const Reason reason = checkpoint.sound.reason();
    if (reason == Reason::kGone || reason == Reason::kCancelled) interrupted_ = checkpoint.sound;
    return checkpoint.sound;
  }

  void ExplainByRules(const RetentionRecord& record) {
    for (ExplainedCheckpoint& checkpoint : explanation_.checkpoints) {
      if (!checkpoint.is_managed)
        checkpoint.kept_because = {"not managed by ModelSaver: never removed"};
    }
    const std::optional<int64_t> newest = NewestSound();
    if (!newest) {
      for (const auto& [step, i] : own_)
        OwnAt(step).kept_because = {"left alone and not counted: " + OwnAt(step).sound.ToString()};
      return;
    }
    const RetentionPlan now = PlanAfter(*newest, record);
    for (const RetentionVerdict& verdict : now.verdicts) {
      OwnAt(verdict.step).kept_because = verdict.reasons;
      if (!verdict.is_kept) OwnAt(verdict.step).kept_because.front().insert(0, "not removed yet: ");
    }
    const RetentionPlan next = PlanAfter(StepAfter(*newest), record, OwnAt(*newest).nbytes);
    for (const RetentionVerdict& verdict : next.verdicts)
      if (!verdict.is_kept) OwnAt(verdict.step).removed_because = verdict.reasons;
  }

  std::optional<int64_t> NewestSound() {
    for (auto own = own_.rbegin(); own != own_.rend(); ++own)
      if (Judge(own->first).ok()) return own->first;
    return std::nullopt;
  }

  int64_t StepAfter(int64_t step) const {
    while (own_.contains(step)) ++step;
    return step;
  }

  // The plan of a save of `saved`, whether it is there or would have so many bytes.
  RetentionPlan PlanAfter(int64_t saved, const RetentionRecord& record,
                          uint64_t nbytes_of_new = 0) {
    std::vector<int64_t> steps;
    std::map<int64_t, uint64_t> nbytes = {{saved, nbytes_of_new}};
    for (const auto& [step, i] : own_) {
      steps.push_back(step);
      nbytes[step] = OwnAt(step).nbytes;
    }
    if (!own_.contains(saved)) steps.insert(std::ranges::upper_bound(steps, saved), saved);
    RetentionPlan plan = PlanRetention({.steps = steps,
                                        .saved = saved,
                                        .now = LastChange(),
                                        .state = state_,
                                        .verify = [this](int64_t step) { return Judge(step); },
                                        .values = record.values,
                                        .nbytes = std::move(nbytes)},
                                       record.rules);
    if (!own_.contains(saved))
      std::erase_if(plan.verdicts, [&](const RetentionVerdict& v) { return v.step == saved; });
    return plan;
  }

  // The time of the newest index, in seconds since 1970. It stands for the time of the save: no
  // clock is asked, so the same directory is always explained in the same way.
  double LastChange() const {
    int64_t last = 0;
    for (const auto& [step, i] : own_) last = std::max(last, run_.checkpoints[i].modified_ns);
    return static_cast<double>(last) * 1e-9;
  }

  // Without rules: what the state file says of a checkpoint.
  void SayWhatStateSays(ExplainedCheckpoint& checkpoint) const {
    std::vector<std::string>& says = checkpoint.kept_because;
    if (!checkpoint.is_managed) says.push_back("not managed by ModelSaver: never removed");
    if (run_.named == checkpoint.name) says.push_back("the state file calls it the newest");
    says.push_back(WhatListSays(state_, checkpoint.name));
  }

  FileSystem& fs_;
  const RunDirectory run_;
  const VerifyOptions& options_;
  std::optional<StateFile> state_;
  std::map<int64_t, size_t> own_;  // positions in the checkpoints, by step
  std::set<int64_t> judged_;
  Status interrupted_;
  RetentionExplanation explanation_;
};

}  // namespace

Result<RetentionExplanation> ExplainRetention(FileSystem& fs, const std::string& directory,
                                              const VerifyOptions& options) {
  const auto explain = [&]() -> Result<RetentionExplanation> {
    CAIRN_ASSIGN_OR_RETURN(RunDirectory run, ScanRunDirectory(fs, directory));
    return Explainer(fs, std::move(run), options).Explain();
  };
  Result<RetentionExplanation> explanation = explain();
  // A run that is alive makes room after it has saved a new one, so the second look finds that one.
  if (explanation.status().reason() == Reason::kGone) explanation = explain();
  return explanation;
}

}  // namespace cairn
