// cairn stats PATH [PATTERN…]: what the values of each tensor are like.
#include "cairn/core/list_names.h"
#include "cairn/inspect/statistics.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/stats_printer.h"
#include "cli/signals.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

class StatsCommand final : public Command {
 public:
  std::string_view name() const override { return "stats"; }
  std::string_view summary() const override {
    return "Shows minimum, maximum, mean, zeros, NaN, Inf of each tensor.";
  }
  std::string_view examples() const override {
    return "  cairn stats run/model-100\n"
           "  cairn stats run/model-100 '**/kernel'\n";
  }
  std::vector<Option> options() override {
    std::vector<Option> options = selection_.options();
    options.push_back({.names = "--fail-on-nan",
                       .target = &fail_on_nan_,
                       .help = "exit with 1 where a tensor has a NaN"});
    options.push_back({.names = "--json", .target = &json_, .help = "one document"});
    return options;
  }

  ExitCode Run(const Context& context) override {
    const Result<Opened> checkpoint = OpenCheckpoint(selection_.path, context.out);
    if (!checkpoint.ok()) return context.out.Error(checkpoint.status());
    ShortPathMap paths;
    if (selection_.has_patterns()) paths = ReadShortPaths(checkpoint->dict, context.out);
    const Result<std::vector<size_t>> selected =
        selection_.Select(checkpoint->dict, paths, context.out);
    if (!selected.ok()) return context.out.Error(selected.status());
    if (selected->empty() && selection_.has_patterns()) return kFinding;
    NoteStoredTypes(checkpoint->dict, *selected, context.out);
    const auto printer = MakePrinter(*checkpoint, *selected, context.out);
    printer->Begin();
    const Status computed = Compute(checkpoint->dict, *selected, context, *printer);
    printer->Finish(computed);
    if (!computed.ok()) return context.out.Error(computed);
    return SayFindings(*printer, context.out);
  }

 private:
  static void NoteStoredTypes(const TensorDict& dict, std::span<const size_t> selected,
                              Output& out) {
    std::vector<std::string> names;
    for (const size_t i : selected) {
      const TensorInfo info = dict.info(i);
      if (info.dtype == DType::kInt64 && !info.stored_as.empty()) names.emplace_back(info.name);
    }
    if (!names.empty()) out.Note(ListNames("dates and times are read as int64:", names));
  }

  std::unique_ptr<StatsPrinter> MakePrinter(const Opened& checkpoint,
                                            std::span<const size_t> selected, Output& out) const {
    return json_ ? MakeStatsJson(checkpoint, selected, out)
                 : MakeStatsTable(checkpoint.dict, selected, out);
  }

  // A tensor whose source cannot be opened has that as its error. Errors: kCancelled.
  Status Compute(const TensorDict& dict, std::span<const size_t> selected, const Context& context,
                 StatsPrinter& printer) const {
    std::vector<std::shared_ptr<const TensorSource>> sources;
    std::vector<size_t> positions;
    for (size_t k = 0; k < selected.size(); ++k) {
      auto source = dict.source(selected[k]);
      if (!source.ok()) {
        printer.Take(k, {source.status(), {}});
        continue;
      }
      sources.push_back(*std::move(source));
      positions.push_back(k);
    }
    ProgressBar progress("stats " + selection_.path, context.progress);
    TransferOptions options;
    options.progress = &progress;
    options.cancel = &CatchInterrupt();
    const Status computed =
        ComputeStatistics(sources, options, [&](size_t i, TensorStatistics statistics) {
          // Rows and bar may share a terminal.
          progress.Pause([&] { printer.Take(positions[i], std::move(statistics)); });
        });
    const bool was_interrupted = computed.code() == StatusCode::kCancelled;
    return was_interrupted ? Status(Reason::kCancelled, "interrupted") : computed;
  }

  ExitCode SayFindings(const StatsPrinter& printer, Output& out) const {
    ExitCode code = kDone;
    for (const Status& error : printer.errors()) code = Worse(code, out.Error(error));
    if (!fail_on_nan_ || printer.with_nans().empty()) return code;
    out.Error(Status(Reason::kArgument, ListNames("there are NaNs in", printer.with_nans()))
                  .AtPath(selection_.path));
    return Worse(code, kFinding);
  }

  TensorSelection selection_;
  bool fail_on_nan_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeStatsCommand() { return std::make_unique<StatsCommand>(); }

}  // namespace cairn::cli
