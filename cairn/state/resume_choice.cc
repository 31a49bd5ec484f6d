#include "cairn/state/resume_choice.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/saved_name.h"

namespace cairn {
namespace {

constexpr std::string_view kLostHint = "repair one of them, or begin anew in another directory";
constexpr size_t kMaxListed = 5;

// "…: a; b; c and 7 more"
std::string Joined(std::string text, std::span<const std::string> lines) {
  for (const std::string& line : lines.first(std::min(lines.size(), kMaxListed)))
    text += "; " + line;
  if (lines.size() > kMaxListed)
    text += "; and " + std::to_string(lines.size() - kMaxListed) + " more";
  return text;
}

// There are checkpoints, and none is good. Always data loss or an I/O error, whatever the single
// reasons are: nobody may take it for "there is nothing here".
Status NoneVerifies(const RunDirectory& run, std::span<const PassedOver> passed_over) {
  const Status& first = passed_over.front().why;
  const bool is_fitting =
      first.code() == StatusCode::kDataLoss || first.code() == StatusCode::kUnavailable;
  std::vector<std::string> lines;
  for (const PassedOver& checkpoint : passed_over) lines.push_back(checkpoint.ToString());
  return Status(is_fitting ? first.reason() : Reason::kFormat,
                Joined("none of " + std::to_string(lines.size()) + " checkpoints verifies", lines))
      .AtPath(run.path)
      .WithHint(std::string(kLostHint));
}

// Without any index: from scratch only where no checkpoint can ever have been there.
Result<ResumePoint> WithoutIndex(const RunDirectory& run) {
  const bool had_checkpoints = run.has_state_file || run.uncommitted.size() > 1;
  if (had_checkpoints) {
    return Status(Reason::kFormat,
                  Joined("there were checkpoints, and no index is left", run.notes))
        .AtPath(run.path)
        .WithHint(std::string(kLostHint));
  }
  if (run.uncommitted.empty()) return ResumePoint{std::nullopt, "no checkpoint"};
  return ResumePoint{std::nullopt, "no checkpoint; the first save, " +
                                       ShownName(run.uncommitted.front()) + ", did not finish"};
}

std::string_view ReasonOf(Rank rank) {
  switch (rank) {
    case Rank::kRunState:
      return "the newest with a run state";
    case Rank::kNamed:
      return "the newest by its state file";
    case Rank::kStep:
      return "the highest step";
    case Rank::kListed:
      return "the last that its state file lists";
    case Rank::kTime:
      return "the most recently changed; no name tells a step";
  }
  return "";
}

std::string ReasonFor(const RunDirectory& run, const RunCheckpoint& taken) {
  if (run.checkpoints.size() == 1 && taken.rank == Rank::kTime) return "the only checkpoint there";
  return std::string(ReasonOf(taken.rank));
}

const RunCheckpoint* FindByName(const RunDirectory& run, const std::string& name) {
  const auto found = std::ranges::find(run.checkpoints, name, &RunCheckpoint::name);
  return found == run.checkpoints.end() ? nullptr : &*found;
}

// Why `other`, which nobody tried, comes after the one that was taken.
std::string WhyNot(const RunCheckpoint& other, const RunCheckpoint& taken) {
  if (taken.has_run_state && !other.has_run_state) return "it has no run state";
  if (taken.rank == Rank::kNamed) return "the state file names " + ShownName(taken.name);
  return ShownName(taken.name) + " is newer";
}

// Whether a checkpoint is a copy of one that ModelSaver wrote: it has the run state of a run that
// saves under names of its own.
bool IsCopy(const RunDirectory& run, const RunCheckpoint& checkpoint) {
  const auto has_saved_name = [](const RunCheckpoint& other) {
    return StepOfSavedName(other.name).has_value();
  };
  return checkpoint.has_run_state && !has_saved_name(checkpoint) &&
         std::ranges::any_of(run.checkpoints, has_saved_name);
}

}  // namespace

std::string PassedOver::ToString() const { return ShownName(name) + ": " + why.ToString(); }

ResumeChoice ChooseCheckpoint(const RunDirectory& run, const CheckpointJudge& judge) {
  ResumeChoice choice{.point = WithoutIndex(run)};
  if (run.checkpoints.empty()) return choice;
  for (const size_t position : run.ranking) {
    const RunCheckpoint& candidate = run.checkpoints[position];
    const Status judged = judge(candidate);
    if (judged.ok()) {
      choice.point = ResumePoint{candidate.name, ReasonFor(run, candidate)};
      return choice;
    }
    // Neither says that this checkpoint is bad. To take an older one instead would lose steps in
    // silence.
    if (judged.reason() == Reason::kCancelled || judged.reason() == Reason::kGone) {
      choice.point = judged;
      return choice;
    }
    choice.passed_over.push_back({candidate.name, judged});
  }
  choice.point = NoneVerifies(run, choice.passed_over);
  return choice;
}

ResumeChoice ChooseComplete(const RunDirectory& run) {
  return ChooseCheckpoint(run, [](const RunCheckpoint& candidate) { return candidate.complete; });
}

std::vector<std::string> NotesOnChoice(const RunDirectory& run, const ResumeChoice& choice) {
  if (!choice.point.ok() || !choice.point->name) return {};
  const RunCheckpoint* const taken = FindByName(run, *choice.point->name);
  if (taken == nullptr) return {};
  std::vector<std::string> notes;
  if (IsCopy(run, *taken)) {
    notes.push_back(ShownName(taken->name) + " is a copy of step " + std::to_string(*taken->step) +
                    ", taken because no checkpoint that was saved at this step or later is good");
  }
  for (const RunCheckpoint& other : run.checkpoints) {
    const bool looks_newer = other.rank > taken->rank && other.step > taken->step;
    if (looks_newer && run.named != other.name)
      notes.push_back(ShownName(other.name) + " is not taken: " + WhyNot(other, *taken));
  }
  if (!run.named || *run.named == taken->name) return notes;
  std::string note = "TensorFlow's latest_checkpoint gives " + ShownName(*run.named) +
                     ", which the state file names";
  const bool was_tried = std::ranges::find(choice.passed_over, *run.named, &PassedOver::name) !=
                         choice.passed_over.end();
  const RunCheckpoint* const named = FindByName(run, *run.named);
  if (!was_tried && named != nullptr) note += "; it is not taken: " + WhyNot(*named, *taken);
  notes.push_back(std::move(note));
  return notes;
}

}  // namespace cairn
