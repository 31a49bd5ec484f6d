// cairn restore SRC --into GRAPH: what a checkpoint gives the variables of a TensorFlow graph.
#include <sys/ioctl.h>
#include <unistd.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/destination.h"
#include "cairn/checkpoint/formats.h"
#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/graph_variables_session.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"
#include "cairn/session/model_loader.h"
#include "cairn/session/restore_plan.h"
#include "cli/command.h"
#include "cli/graph_run.h"
#include "cli/open_checkpoint.h"
#include "cli/print/size_text.h"
#include "cli/restore_options.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

// The columns of the terminal that stdout is; 0 where it is none.
size_t ColumnsOfStdout() {
  if (!IsTerminal(STDOUT_FILENO)) return 0;
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string TextOf(const RestorePlan& plan) {
  RestorePlan shown = plan;
  shown.warnings.clear();  // they and the error are said on stderr
  shown.acceptable = Status();
  for (RestoreSource& source : shown.sources) source.note.clear();
  return shown.ToString(ColumnsOfStdout());
}

class RestoreCommand final : public Command {
 public:
  std::string_view name() const override { return "restore"; }
  std::string_view summary() const override {
    return "Restores into a TensorFlow graph, and shows what would be restored.";
  }
  std::string_view examples() const override {
    return "  cairn restore --plan run/model-100 --into run/graph-0131-120000.meta\n"
           "  cairn restore m.npz --into saved_model --run serving_default --feed x=x.npy\n";
  }

  std::vector<Option> options() override {
    std::vector<Option> all = {
        {.names = "SRC", .target = &from_, .help = "checkpoints; for what several have, the last"},
        {.names = "--into",
         .target = &into_,
         .help = "a .meta file, a SavedModel, or a run",
         .value = "GRAPH"},
        {.names = "--plan", .target = &plan_only_, .help = "show the plan; needs no TensorFlow"},
    };
    for (Option& option : rules_.options()) all.push_back(std::move(option));
    for (Option& option : run_.options()) all.push_back(std::move(option));
    all.push_back({.names = "--save",
                   .target = &save_,
                   .help = "save all variables as a new checkpoint",
                   .value = "DST"});
    all.push_back({.names = "--engine",
                   .target = &engine_,
                   .help = "what runs GRAPH: tensorflow",
                   .value = "ENGINE",
                   .choices = {"tensorflow"},
                   .is_of_making = true});
    all.push_back({.names = "--tensorflow",
                   .target = &tensorflow_,
                   .help = "the directory of TensorFlow's package",
                   .value = "DIR"});
    all.push_back({.names = "-q,--quiet",
                   .target = &quiet_,
                   .help = "say nothing where all is well",
                   .is_of_making = true});
    all.push_back({.names = "--json", .target = &json_, .help = "the plan as one document"});
    return all;
  }

  ExitCode Run(const Context& context) override {
    const Status status = Restore(context);
    return status.ok() ? kDone : context.out.Error(status);
  }

 private:
  Status Restore(const Context& context) {
    if (into_.empty())
      return Status(Reason::kArgument, "--into is missing")
          .WithHint("name the graph: a .meta file or a SavedModel");
    CAIRN_RETURN_IF_ERROR(CheckRequest());
    CAIRN_ASSIGN_OR_RETURN(std::vector<RestoreSource> sources, OpenSources(context.out));
    if (plan_only_) return ShowPlan(std::move(sources), context.out);
    CAIRN_ASSIGN_OR_RETURN(const auto session, TensorFlowSession::Open(LocalFileSystem(), into_,
                                                                       {.directory = tensorflow_}));
    RestorePlan plan = MakePlan(*session, std::move(sources));
    Warn(plan, context.out);
    CAIRN_RETURN_IF_ERROR(plan.acceptable);
    // Rows that are not restored keep their values, so there must be some.
    if (plan.Count(Match::kPartial) > 0) CAIRN_RETURN_IF_ERROR(session->InitializeMissing());
    CAIRN_RETURN_IF_ERROR(Assign(*session, plan, context));
    if (run_.is_wanted() || !save_.empty()) CAIRN_RETURN_IF_ERROR(session->InitializeMissing());
    if (run_.is_wanted()) CAIRN_RETURN_IF_ERROR(run_.Run(*session, context));
    if (!save_.empty()) CAIRN_RETURN_IF_ERROR(SaveVariables(*session, context));
    if (json_) context.out.Write(plan.ToJson() + "\n");
    return {};
  }

  // Finds what is wrong with the request before TensorFlow is started.
  Status CheckRequest() const {
    if (plan_only_ && (run_.is_wanted() || !run_.feeds.empty() || !save_.empty()))
      return Status(Reason::kArgument, "--plan restores nothing, so nothing can be run or saved")
          .WithHint("leave out --plan, or --run, --feed, --fetch and --save");
    CAIRN_RETURN_IF_ERROR(run_.Check());
    if (save_.empty()) return {};
    CAIRN_RETURN_IF_ERROR(CheckDestination(LocalFileSystem(), save_));
    CAIRN_ASSIGN_OR_RETURN(const bool exists,
                           FormatOfNew(save_).recognise(LocalFileSystem(), save_));
    return exists ? Status(Reason::kExists, "exists already")
                        .AtPath(save_)
                        .WithHint("choose another name for --save")
                  : Status();
  }

  Result<std::vector<RestoreSource>> OpenSources(Output& out) const {
    std::vector<RestoreSource> sources;
    for (const std::string& path : from_) {
      CAIRN_ASSIGN_OR_RETURN(Opened opened, OpenCheckpoint(path, out));
      // A directory, or a step of one, stands for its file.
      const std::string& ruling = IsDictFile(path) ? path : opened.path;
      CAIRN_ASSIGN_OR_RETURN(RestoreRules rules, rules_.RulesFor(ruling));
      RestoreSource source{
          .dict = std::move(opened.dict), .rules = std::move(rules), .name = opened.path};
      CAIRN_ASSIGN_OR_RETURN(source, WithNames(std::move(source)).AtPath(path));
      sources.push_back(std::move(source));
    }
    return sources;
  }

  Status ShowPlan(std::vector<RestoreSource> sources, Output& out) const {
    CAIRN_ASSIGN_OR_RETURN(const auto session,
                           GraphVariablesSession::Open(LocalFileSystem(), into_));
    const RestorePlan plan = MakePlan(*session, std::move(sources));
    out.Write(json_ ? plan.ToJson() + "\n" : TextOf(plan));
    Warn(plan, out);
    return plan.acceptable;
  }

  void Warn(const RestorePlan& plan, Output& out) const {
    if (json_) return;
    for (const std::string& warning : plan.warnings) out.Warn(warning);
  }

  Status Assign(Session& session, const RestorePlan& plan, const Context& context) const {
    std::vector<CastLoss> losses;
    {
      ProgressBar progress("restore " + from_[0], quiet_ ? ProgressStyle::kNone : context.progress);
      TransferOptions options{.progress = &progress, .cancel = &CatchInterrupt()};
      CAIRN_RETURN_IF_ERROR(Apply(session, plan, options, &losses));
    }
    for (const CastLoss& loss : losses) {
      if (loss.num_overflowed > 0)
        context.out.Warn(
            "cast of " + Quoted(loss.name) + ": " + std::to_string(loss.num_overflowed) + " of " +
            Count(loss.num_elements, "element") + " are too great for the dtype of the variable");
    }
    if (quiet_ || json_) return {};
    size_t num_assigned = 0;
    for (const RestoreItem& item : plan.items) num_assigned += Assigns(item.match) ? 1 : 0;
    context.out.Write("restored " + Count(num_assigned, "variable") + ", " +
                      BinarySize(plan.nbytes()) + ", into " + OneLine(into_) + "\n");
    return {};
  }

  Status SaveVariables(Session& session, const Context& context) const {
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, session.Snapshot(SavedVariables(session)));
    CAIRN_ASSIGN_OR_RETURN(const SaveReport report, Save(LocalFileSystem(), save_, dict));
    if (quiet_ || json_) return {};
    context.out.Write(OneLine(save_) + ": " + Count(dict.size(), "tensor") + ", " +
                      BinarySize(report.nbytes) + "\n");
    return {};
  }

  std::vector<std::string> from_;
  std::string into_;
  bool plan_only_ = false;
  RestoreOptions rules_;
  GraphRun run_;
  std::string save_;
  std::string engine_ = "tensorflow";  // the only one
  std::string tensorflow_;
  bool quiet_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRestoreCommand() { return std::make_unique<RestoreCommand>(); }

}  // namespace cairn::cli
