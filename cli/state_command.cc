// cairn state DIR: the checkpoints of a run, and which one a resumed run would take.
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "cairn/run/check_run_directory.h"
#include "cli/command.h"
#include "cli/explain_run.h"
#include "cli/print/run_report_printer.h"
#include "cli/run_report.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include "cli/terminal_size.h"
#include "cli/watch_run.h"

namespace cairn::cli {
namespace {

constexpr uint64_t kLongestInterval = 24 * 60 * 60;

class StateCommand final : public Command {
 public:
  std::string_view name() const override { return "state"; }
  std::string_view summary() const override {
    return "Shows the checkpoints of a run, and which one it would resume.";
  }
  std::string_view examples() const override {
    return "  cairn state --quick run\n"
           "  cairn state --watch --stat validation_cost run\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "DIR", .target = &directory_, .help = "the directory of the run"},
        {.names = "--quick",
         .target = &quick_,
         .help = "metadata and sizes only: no values are read"},
        {.names = "--all",
         .target = &all_,
         .help = "every checkpoint has a line, also where a terminal has no room for them"},
        {.names = "--explain",
         .target = &explain_,
         .help = "why each checkpoint is kept, and what the next save removes"},
        {.names = "--watch",
         .target = &watch_,
         .help = "follow the run until Ctrl-C: a screen on a terminal, elsewhere a line for each "
                 "change"},
        {.names = "--stat",
         .target = &statistic_,
         .help = "of --watch: the statistic to draw (default: cost, loss, or the first)",
         .value = "NAME"},
        {.names = "--interval",
         .target = &interval_,
         .help = "of --watch: look every so many seconds (default 1)",
         .value = "N",
         .least = 1},
        {.names = "--json",
         .target = &json_,
         .help = "one document; with --watch one for each change, on a line of its own"},
    };
  }

  ExitCode Run(const Context& context) override {
    if (const Status checked = CheckOptions(); !checked.ok()) return context.out.Error(checked);
    if (const Status checked = CheckIsRunDirectory(LocalFileSystem(), directory_); !checked.ok())
      return context.out.Error(checked);
    if (explain_) {
      return ExplainRun(directory_, quick_ ? VerifyDepth::kQuick : VerifyDepth::kFull,
                        json_ ? ExplanationStyle::kJson : ExplanationStyle::kText, context);
    }
    return watch_ ? Watch(context) : Report(context);
  }

 private:
  Status CheckOptions() const {
    if (!watch_ && !statistic_.empty())
      return Status(Reason::kArgument, "--stat is an option of --watch").WithHint("add --watch");
    if (!watch_ && interval_)
      return Status(Reason::kArgument, "--interval is an option of --watch")
          .WithHint("add --watch");
    for (const auto& [other, is_given] :
         {std::pair("--all", all_), std::pair("--explain", explain_)}) {
      if (!watch_ || !is_given) continue;
      return Status(Reason::kArgument, "--watch and " + std::string(other) + " exclude each other")
          .WithHint("leave one of them out");
    }
    if (explain_ && all_)
      return Status(Reason::kArgument, "--explain shows every checkpoint")
          .WithHint("leave --all out");
    return {};
  }

  ExitCode Report(const Context& context) const {
    const Result<RunReport> report = Look(context);
    if (!report.ok()) return context.out.Error(report.status());
    if (json_)
      context.out.Write(JsonOf(*report));
    else
      PrintText(*report, MaxRows(), context.out);
    return report->all_good() ? kDone : kFinding;
  }

  // A pipe or a file gets every line.
  size_t MaxRows() const {
    if (all_ || !IsTerminal(STDOUT_FILENO)) return std::numeric_limits<size_t>::max();
    return TerminalSizeOf(STDOUT_FILENO).rows;
  }

  Result<RunReport> Look(const Context& context) const {
    ProgressBar progress("state " + directory_, context.progress);
    VerifyOptions options;
    options.access = Access::kRead;
    if (quick_) options.depth = VerifyDepth::kQuick;
    options.transfer.progress = &progress;
    options.transfer.cancel = &CatchInterrupt();
    Result<RunReport> report = ReportRun(directory_, options, context.out);
    // A live run made room in this moment.
    if (report.status().reason() == Reason::kGone)
      report = ReportRun(directory_, options, context.out);
    return report;
  }

  ExitCode Watch(const Context& context) const {
    WatchOptions options{.directory = directory_, .style = StyleOfWatch(context.progress)};
    if (!statistic_.empty()) options.statistic = statistic_;
    if (interval_) options.interval = std::chrono::seconds(std::min(*interval_, kLongestInterval));
    return WatchRun(options, context.out);
  }

  WatchStyle StyleOfWatch(ProgressStyle progress) const {
    if (json_) return WatchStyle::kJson;
    const bool has_screen = progress == ProgressStyle::kAuto && CanShowScreen();
    return has_screen ? WatchStyle::kScreen : WatchStyle::kLines;
  }

  std::string directory_;
  bool quick_ = false;
  bool all_ = false;
  bool watch_ = false;
  std::string statistic_;
  std::optional<uint64_t> interval_;
  bool explain_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeStateCommand() { return std::make_unique<StateCommand>(); }

}  // namespace cairn::cli
