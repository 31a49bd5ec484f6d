// cairn repair SRC DST: a sound checkpoint of what a damaged one still holds.
#include <algorithm>

#include "cairn/checkpoint/destination.h"
#include "cairn/checkpoint/repair.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/io/path.h"
#include "cairn/run/repair_run.h"
#include "cli/command.h"
#include "cli/making_options.h"
#include "cli/print/finding_json.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

// One that was asked for: a prefix, or each of a directory.
struct Repaired {
  std::string source;
  std::string path;
  Status error;
  RepairReport report;
};

void WriteRepaired(JsonWriter& json, const Repaired& repaired) {
  const RepairReport& report = repaired.report;
  json.BeginObject();
  json.Name("source", repaired.source);
  json.Name("path", repaired.path);
  json.NumberOrNull("tensors", report.saved.num_tensors);
  json.NumberOrNull("nbytes", report.saved.nbytes);
  json.Key("partial");
  json.Bool(report.is_partial);
  json.Key("lost");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const Finding& finding : report.lost) WriteFinding(json, finding);
  json.EndArray();
  json.Key("unprotected");
  json.BeginArray();
  for (const std::string& name : report.unprotected) json.String(name);
  json.EndArray();
  json.Key("notes");
  json.BeginArray();
  for (const std::string& note : report.notes) json.String(note);
  json.EndArray();
  WriteError(json, repaired.error);
  json.EndObject();
}

class RepairCommand final : public Command {
 public:
  std::string_view name() const override { return "repair"; }
  std::string_view summary() const override {
    return "Saves every tensor that verifies anew, and says what is lost.";
  }
  std::string_view examples() const override {
    return "  cairn repair run/model-100 rescued/model-100\n"
           "  cairn repair run rescued    # a run, with its state file\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "SRC",
         .target = &from_,
         .help = "the damaged checkpoint, its prefix, or the directory of a run"},
        {.names = "DST",
         .target = &to_,
         .help = "the prefix of the new one; of a run, a new directory"},
        {.names = "--like",
         .target = &like_,
         .help = "make a lost index after that of a checkpoint of the run",
         .value = "PATH"},
        {.names = "--require-checksums",
         .target = &require_checksums_,
         .help = "leave out tensors that have no checksum in SRC"},
        {.names = "--no-sync", .target = &no_sync_, .help = kNoSyncHelp},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    const Result<Outcome> outcome = RepairAll(context);
    if (!outcome.ok()) return context.out.Error(outcome.status());
    json_ ? PrintJson(outcome->all, outcome->newest, context.out)
          : PrintText(outcome->all, outcome->newest, context.out);
    return std::ranges::all_of(outcome->all, IsWhole) ? kDone : kFinding;
  }

 private:
  struct Outcome {
    std::vector<Repaired> all;
    std::string newest;  // as the new state file names it; "" without one
  };

  // The bar is gone when it returns. Errors: nothing could be repaired.
  Result<Outcome> RepairAll(const Context& context) const {
    ProgressBar progress("repair " + from_, context.progress);
    const RepairOptions options = Options(progress);
    FileSystem& fs = LocalFileSystem();
    if (IsRun(fs, from_)) {
      CAIRN_RETURN_IF_ERROR(CheckDestinationDirectory(fs, to_));
      return RepairRunDirectory(fs, options);
    }
    CAIRN_RETURN_IF_ERROR(CheckDestination(fs, to_));
    CAIRN_ASSIGN_OR_RETURN(RepairReport report, Repair(fs, from_, to_, options));
    return Outcome{.all = {{from_, to_, {}, std::move(report)}}, .newest = ""};
  }

  Result<Outcome> RepairRunDirectory(FileSystem& fs, const RepairOptions& options) const {
    CAIRN_ASSIGN_OR_RETURN(RunRepairReport run, RepairRun(fs, from_, to_, options));
    Outcome outcome{.all = {}, .newest = run.newest};
    for (RepairedCheckpoint& one : run.checkpoints) {
      outcome.all.push_back(
          {JoinPath(from_, one.name), JoinPath(to_, one.name), one.error, std::move(one.report)});
    }
    return outcome;
  }

  RepairOptions Options(ProgressBar& progress) const {
    RepairOptions options;
    // A disk error in a mapped file ends the process, and a repair is asked for when a disk may be
    // bad.
    options.open.access = Access::kRead;
    if (no_sync_) options.save.durability = Durability::kNone;
    options.like = like_;
    options.save.require_checksums = require_checksums_;
    options.save.transfer.progress = &progress;
    options.save.transfer.cancel = &CatchInterrupt();
    return options;
  }

  static bool IsWhole(const Repaired& repaired) {
    return repaired.error.ok() && !repaired.report.is_partial;
  }

  static void PrintNotes(const Repaired& repaired, Output& out) {
    for (const std::string& note : repaired.report.notes) out.Note(note);
    if (repaired.error.ok() && repaired.report.is_partial) {
      out.Note(Escape(repaired.path) +
               ": is marked as a partial rescue: it does not verify, and no "
               "run is resumed from it; to use what is left, run: cairn "
               "convert --exclude " +
               std::string(kPartialRescueName) + " " + Escape(repaired.path) + " NEW");
    }
    if (const auto& names = repaired.report.unprotected; !names.empty()) {
      out.Warn(Escape(repaired.path) + ": " + Count(names.size(), "tensor") +
               ListNames(" had no checksum: saved as found, not proven:", names));
    }
  }

  static void PrintText(std::span<const Repaired> all, const std::string& newest, Output& out) {
    for (const Repaired& repaired : all) {
      PrintNotes(repaired, out);
      if (!repaired.error.ok()) {
        out.Write(OneLine(repaired.path) + ": " + out.Styled(Style::kRed, "not repaired: ") +
                  OneLine(repaired.error.message()) + "\n");
        continue;
      }
      PrintReport(repaired, out);
    }
    if (!newest.empty()) out.Write("state file: names " + Quoted(newest) + "\n");
  }

  static void PrintReport(const Repaired& repaired, Output& out) {
    const RepairReport& report = repaired.report;
    for (const Finding& finding : report.lost) {
      out.Write("lost: " + out.Styled(Style::kRed, ReasonWord(finding.error.reason())) + ": " +
                OneLine(finding.error.message()) + "\n");
    }
    std::string summary = OneLine(repaired.path) + ": " +
                          Count(report.saved.num_tensors, "tensor") + ", " +
                          BinarySize(report.saved.nbytes) + " saved";
    summary += report.lost.empty() ? ", nothing lost"
                                   : ", " + WithSeparators(report.lost.size()) + " lost";
    out.Write(out.Styled(report.lost.empty() ? Style::kGreen : Style::kRed, summary) + "\n");
  }

  static JudgedTotals TotalsOf(std::span<const Repaired> all) {
    JudgedTotals totals;
    for (const Repaired& repaired : all) {
      const RepairReport& report = repaired.report;
      std::ranges::copy(report.lost, std::back_inserter(totals.findings));
      totals.num_tensors += report.saved.num_tensors;
      totals.num_unprotected += report.unprotected.size();
      totals.nbytes += report.saved.nbytes;
    }
    return totals;
  }

  static void PrintJson(std::span<const Repaired> all, const std::string& newest, Output& out) {
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Key("checkpoints");
    json.BeginArray(JsonWriter::Layout::kLines);
    for (const Repaired& repaired : all) WriteRepaired(json, repaired);
    json.EndArray();
    json.Key("state_file");
    newest.empty() ? json.Null() : json.String(newest);
    WriteTotals(json, TotalsOf(all));
    EndDocument(json);
    out.Write(text);
  }

  std::string from_;
  std::string to_;
  bool json_ = false;
  std::string like_;
  bool require_checksums_ = false;
  bool no_sync_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRepairCommand() { return std::make_unique<RepairCommand>(); }

}  // namespace cairn::cli
