#include "cairn/train/resume.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/run/resume_point.h"
#include "cairn/run/run_lock.h"
#include "cairn/session/restore_plan.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/run_directory.h"
#include "cairn/train/global_step.h"

namespace cairn {
namespace {

constexpr std::string_view kFreshHint =
    "repair or move away what is there, or start fresh explicitly (IfNothingGood::kStartFresh)";

Result<Resumed> DespiteDamage(const Status& error, const ResumeOptions& options) {
  if (options.if_nothing_good == IfNothingGood::kFail)
    return error.WithHint(std::string(kFreshHint));
  Resumed resumed;
  resumed.notes.push_back("started fresh: " + std::string(error.message()));
  return resumed;
}

// A variable that keeps its first value would make another run of it.
Status CheckComplete(const RestorePlan& plan, const std::string& path) {
  std::string missing;
  for (const RestoreItem& item : plan.items) {
    const bool lacks = item.match == Match::kMissing || item.match == Match::kTrainingState;
    if (item.variable && lacks) missing += (missing.empty() ? "" : ", ") + Quoted(item.name);
  }
  if (missing.empty()) return {};
  return Status(Reason::kMissing, "has no " + missing)
      .AtPath(path)
      .WithHint("to begin another run with its values, use SaverRestore");
}

Status LoadVariables(Session& session, const TensorDict& dict, const ResumeOptions& options,
                     Resumed& resumed) {
  const auto is_local = [](const Variable& variable) { return variable.collections.local; };
  if (std::ranges::all_of(session.variables(), is_local)) return {};  // only components to resume
  const RestorePlan plan = MakePlan(session, dict);
  CAIRN_RETURN_IF_ERROR(CheckComplete(plan, Escape(*resumed.checkpoint)));
  CAIRN_RETURN_IF_ERROR(plan.acceptable.AtPath(*resumed.checkpoint));
  resumed.notes.insert(resumed.notes.end(), plan.warnings.begin(), plan.warnings.end());
  return Apply(session, plan, options.verify.transfer).AtPath(*resumed.checkpoint);
}

Status LoadComponents(const RunState& state, RunComponents& components, Resumed& resumed) {
  CAIRN_ASSIGN_OR_RETURN(RunComponents::Loaded loaded, components.Load(state));
  resumed.has_run_state = true;
  resumed.position = loaded.position;
  resumed.notes.insert(resumed.notes.end(), loaded.notes.begin(), loaded.notes.end());
  return {};
}

// Takes the step that the checkpoint of another program has inside, or else in its name.
Status TakeStep(const TensorDict& dict, std::optional<int64_t> step_of_name, Resumed& resumed) {
  CAIRN_ASSIGN_OR_RETURN(const std::optional<int64_t> step, GlobalStepOf(dict));
  resumed.position.step = std::max<int64_t>(step ? *step : step_of_name.value_or(0), 0);
  resumed.notes.push_back(Escape(*resumed.checkpoint) +
                          " was saved by another program: only variables and step are resumed");
  return {};
}

// Says where the run was continued last in another environment than now. What cannot be read is
// not compared: nothing but this note depends on it.
void NoteEnvironment(FileSystem& fs, const std::string& directory, const std::string& environment,
                     Resumed& resumed) {
  const auto lease = ReadLease(fs, directory);
  if (!lease.ok() || !*lease || environment.empty()) return;
  const std::string& earlier = (*lease)->environment;
  if (earlier.empty() || earlier == environment) return;
  resumed.notes.push_back("bits may differ: the run was saved with " + Quoted(earlier) +
                          " and goes on with " + Quoted(environment));
}

std::optional<int64_t> StepOf(const RunDirectory& directory, const std::string& name) {
  for (const RunCheckpoint& checkpoint : directory.checkpoints) {
    if (checkpoint.name == name) return checkpoint.step;
  }
  return std::nullopt;
}

// The checkpoint, opened; a trainer that is still alive may have removed it meanwhile.
struct Chosen {
  RunDirectory run;
  ResumeChoice choice;
  std::optional<TensorDict> dict;  // nothing: the run begins from scratch
};

Result<Chosen> Choose(FileSystem& fs, const std::string& directory, const ResumeOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(RunDirectory run, ScanRunDirectory(fs, directory));
  ResumeChoice choice = ChooseResumePoint(fs, run, options.verify);
  Chosen chosen{std::move(run), std::move(choice), {}};
  if (!chosen.choice.point.ok() || !chosen.choice.point->name) return chosen;
  const std::string prefix = JoinPath(directory, *chosen.choice.point->name);
  Result<TensorDict> dict = Open(fs, prefix, {options.verify.access, options.verify.limits});
  if (dict.status().reason() == Reason::kMissing && IsRemoved(fs, prefix))
    return Status(Reason::kGone, "was removed before it was restored").AtPath(prefix);
  CAIRN_RETURN_IF_ERROR(dict.status());
  chosen.dict = *std::move(dict);
  return chosen;
}

// Whether a live run removed the checkpoint while it was verified or opened.
bool IsGone(const Result<Chosen>& chosen) {
  const Status status = chosen.ok() ? chosen->choice.point.status() : chosen.status();
  return status.reason() == Reason::kGone;
}

}  // namespace

Result<Resumed> Resume(FileSystem& fs, const std::string& directory, Session& session,
                       RunComponents& components, const ResumeOptions& options) {
  Result<Chosen> chosen = Choose(fs, directory, options);
  // A run that is still alive removes an old checkpoint after it has saved a new one, so the second
  // choice finds that one.
  if (IsGone(chosen)) chosen = Choose(fs, directory, options);
  CAIRN_RETURN_IF_ERROR(chosen.status());
  const Result<ResumePoint>& point = chosen->choice.point;
  if (point.status().code() == StatusCode::kDataLoss) return DespiteDamage(point.status(), options);
  CAIRN_RETURN_IF_ERROR(point.status());
  Resumed resumed;
  for (const PassedOver& other : chosen->choice.passed_over)
    resumed.passed_over.push_back(other.ToString());
  resumed.notes = chosen->run.notes;
  if (!point->name) return resumed;

  for (std::string& note : NotesOnChoice(chosen->run, chosen->choice))
    resumed.notes.push_back(std::move(note));
  NoteEnvironment(fs, directory, components.environment(), resumed);
  resumed.checkpoint = JoinPath(directory, *point->name);
  const std::string place = Escape(*resumed.checkpoint);
  // The run state is read before any variable is assigned: if it is damaged, the session is
  // unchanged.
  CAIRN_ASSIGN_OR_RETURN(const auto state, ReadRunState(*chosen->dict).In(place));
  if (options.prepare) CAIRN_RETURN_IF_ERROR(options.prepare(*chosen->dict, state).In(place));
  CAIRN_RETURN_IF_ERROR(LoadVariables(session, *chosen->dict, options, resumed));
  const Status loaded = state ? LoadComponents(*state, components, resumed)
                              : TakeStep(*chosen->dict, StepOf(chosen->run, *point->name), resumed);
  CAIRN_RETURN_IF_ERROR(loaded.In(place));
  return resumed;
}

std::string Resumed::ToString() const {
  std::string text = "no checkpoint: from scratch\n";
  if (checkpoint) {
    text = "resumed from " + Escape(*checkpoint) + ": step " + std::to_string(position.step) +
           ", " + std::to_string(position.epoch) + (position.epoch == 1 ? " epoch" : " epochs") +
           " done";
    if (position.epoch_step > 0)
      text += " and " + std::to_string(position.epoch_step) + " steps of the next";
    text += "\n";
  }
  for (const std::string& line : passed_over) text += "passed over " + line + "\n";
  for (const std::string& line : notes) text += "note: " + line + "\n";
  return text;
}

}  // namespace cairn
