// cairn state DIR: the checkpoints of a run, and which one a resumed run would take.
#include <algorithm>
#include <map>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/verdict.h"
#include "cairn/core/escape.h"
#include "cairn/run/resume_point.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/run_directory.h"
#include "cli/command.h"
#include "cli/explain_run.h"
#include "cli/print/columns.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/run_argument.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

// A directory as the library sees it, with what verifying found put to the checkpoints.
struct RunView {
  RunDirectory run;
  std::vector<std::string> reasons;   // as run.checkpoints: why it is not good; "" where it is
  std::optional<std::string> resume;  // nothing: from scratch, or not at all
  std::string resume_reason;
  Status resume_error;  // there are checkpoints, and none can be taken

  bool is_named(const RunCheckpoint& checkpoint) const { return run.named == checkpoint.name; }
  bool all_good() const {
    return resume_error.ok() &&
           std::ranges::all_of(reasons, [](const std::string& reason) { return reason.empty(); });
  }
};

Result<RunView> LookAt(const std::string& directory, const VerifyOptions& options, Output& out) {
  FileSystem& fs = LocalFileSystem();
  RunView view;
  CAIRN_ASSIGN_OR_RETURN(view.run, ScanRunDirectory(fs, directory));
  const ResumeChoice choice = ChooseResumePoint(fs, view.run, options);
  const Status& error = choice.point.status();
  // After an interrupt, or if a live run removed a checkpoint meanwhile, not all of them were
  // judged.
  if (error.reason() == Reason::kCancelled || error.reason() == Reason::kGone) return error;

  std::map<std::string_view, const Status*> rejected;
  for (const PassedOver& other : choice.passed_over) rejected[other.name] = &other.why;
  for (const RunCheckpoint& checkpoint : view.run.checkpoints) {
    const auto found = rejected.find(checkpoint.name);
    // Checkpoints after the chosen one were not verified. It is only known whether they are
    // complete.
    const Status& verdict = found != rejected.end() ? *found->second : checkpoint.complete;
    view.reasons.push_back(verdict.ok() ? "" : verdict.ToString());
  }
  view.resume_error = error;
  view.resume_reason = choice.point.ok() ? choice.point->reason : error.message();
  if (choice.point.ok()) view.resume = choice.point->name;
  for (const std::string& note : view.run.notes) out.Note(note);
  for (const std::string& note : NotesOnChoice(view.run, choice)) out.Note(note);
  return view;
}

std::string StepText(const RunCheckpoint& checkpoint) {
  return checkpoint.step ? "step " + std::to_string(*checkpoint.step) : "no step";
}

class TextView {
 public:
  TextView(const RunView& view, Output& out) : view_(view), out_(out) {}

  void Print() {
    for (const RunCheckpoint& checkpoint : view_.run.checkpoints) {
      name_width_ = std::max(name_width_, WidthOf(ShownName(checkpoint.name)));
      step_width_ = std::max(step_width_, StepText(checkpoint).size());
      size_width_ = std::max(size_width_, BinarySize(checkpoint.nbytes).size());
    }
    for (size_t i = 0; i < view_.run.checkpoints.size(); ++i)
      PrintCheckpoint(view_.run.checkpoints[i], view_.reasons[i]);
    const std::string target = view_.resume              ? ShownName(*view_.resume)
                               : view_.resume_error.ok() ? "from scratch"
                                                         : "not possible";
    out_.Write(out_.Styled(Style::kBold, "resume " + target) + ": " + OneLine(view_.resume_reason) +
               "\n");
  }

 private:
  void PrintCheckpoint(const RunCheckpoint& checkpoint, const std::string& reason) {
    const std::string size = BinarySize(checkpoint.nbytes);
    std::string line = Padded(ShownName(checkpoint.name), name_width_) + "  " +
                       Padded(StepText(checkpoint), step_width_) + "  " +
                       PaddedLeft(size, size_width_) + "  ";
    if (reason.empty())
      line += out_.Styled(Style::kGreen, "ok");
    else
      line += out_.Styled(Style::kRed, OneLine(reason));
    if (view_.is_named(checkpoint)) line += "  (checkpoint)";
    out_.Write(line + "\n");
  }

  const RunView& view_;
  Output& out_;
  size_t name_width_ = 0, step_width_ = 0, size_width_ = 0;
};

void WriteNameOrNull(JsonWriter& json, std::string_view key,
                     const std::optional<std::string>& name) {
  if (name) return json.Name(key, *name);
  json.Key(key);
  json.Null();
}

void WriteCheckpoint(JsonWriter& json, const RunCheckpoint& checkpoint, const std::string& reason) {
  json.BeginObject();
  json.Name("name", checkpoint.name);
  json.Key("step");
  checkpoint.step ? json.Signed(*checkpoint.step) : json.Null();
  json.Key("nbytes");
  json.Number(checkpoint.nbytes);
  json.Key("ok");
  json.Bool(reason.empty());
  json.Key("reason");
  reason.empty() ? json.Null() : json.String(reason);
  json.EndObject();
}

std::string JsonOf(const RunView& view) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", view.run.path);
  WriteNameOrNull(json, "checkpoint", view.run.named);
  json.Key("resume");
  json.BeginObject();
  WriteNameOrNull(json, "name", view.resume);
  json.Key("reason");
  json.String(view.resume_reason);
  json.EndObject();
  json.Key("checkpoints");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (size_t i = 0; i < view.run.checkpoints.size(); ++i)
    WriteCheckpoint(json, view.run.checkpoints[i], view.reasons[i]);
  json.EndArray();
  EndDocument(json);
  return text;
}

class StateCommand final : public Command {
 public:
  std::string_view name() const override { return "state"; }
  std::string_view summary() const override {
    return "Shows the checkpoints of a run, and which one it would resume.";
  }
  std::string_view examples() const override {
    return "  cairn state run\n"
           "  cairn state --quick --json run\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "DIR", .target = &directory_, .help = "the directory of the run"},
        {.names = "--quick",
         .target = &quick_,
         .help = "metadata and sizes only: no values are read"},
        {.names = "--explain",
         .target = &explain_,
         .help = "why each checkpoint is kept, and what the next save removes"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    if (explain_) {
      return ExplainRun(directory_, quick_ ? VerifyDepth::kQuick : VerifyDepth::kFull,
                        json_ ? ExplanationStyle::kJson : ExplanationStyle::kText, context);
    }
    const Result<RunView> view = Look(context);
    if (!view.ok()) return context.out.Error(view.status());
    if (json_)
      context.out.Write(JsonOf(*view));
    else
      TextView(*view, context.out).Print();
    return view->all_good() ? kDone : kFinding;
  }

 private:
  Result<RunView> Look(const Context& context) const {
    ProgressBar progress("state " + directory_, context.progress);
    VerifyOptions options;
    options.access = Access::kRead;
    if (quick_) options.depth = VerifyDepth::kQuick;
    options.transfer.progress = &progress;
    options.transfer.cancel = &CatchInterrupt();
    CAIRN_RETURN_IF_ERROR(CheckIsRunDirectory(directory_));
    Result<RunView> view = LookAt(directory_, options, context.out);
    // A live run made room in this moment.
    if (view.status().reason() == Reason::kGone) view = LookAt(directory_, options, context.out);
    return view;
  }

  std::string directory_;
  bool quick_ = false;
  bool explain_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeStateCommand() { return std::make_unique<StateCommand>(); }

}  // namespace cairn::cli
