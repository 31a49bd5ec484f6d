// cairn verify PATH…: reads everything and says all that is wrong.
#include <algorithm>
#include <set>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/run/verify_paths.h"
#include "cairn/state/checkpoint_files.h"
#include "cli/command.h"
#include "cli/print/finding_json.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

void NoteLeftovers(const std::string& path, Output& out) {
  const auto leftovers = ListLeftovers(LocalFileSystem(), path);
  if (!leftovers.ok() || leftovers->empty()) return;
  out.Note(
      ListNames(Escape(path) + ": left by saves that did not finish, or under way:", *leftovers));
}

// Verifies one path, with a bar that is gone when it returns.
Verified VerifyShown(const std::string& path, Result<Resolved> resolved, VerifyOptions options,
                     const Context& context) {
  ProgressBar progress("verify " + (resolved.ok() ? resolved->path : path), context.progress);
  options.transfer.progress = &progress;
  options.transfer.cancel = &CatchInterrupt();
  return VerifyPath(LocalFileSystem(), path, std::move(resolved), options);
}

ExitCode CodeOfVerified(const Verified& verified) {
  // The report has the faults of a checkpoint; here there was no checkpoint to verify.
  if (!verified.error.ok()) return Worse(kTrouble, ExitCodeOf(verified.error));
  return verified.report.ok() ? kDone : kFinding;
}

// Returns what was looked at, and the verdict: "12 tensors, 1.5 GiB: sound". Bytes that no checksum
// covers, or that were not read, are not called sound.
std::string SummaryText(uint64_t num_tensors, uint64_t nbytes, uint64_t num_unprotected,
                        uint64_t num_findings, bool is_quick) {
  const std::string findings = num_findings == 0 ? "" : Count(num_findings, "finding");
  if (is_quick) {
    return Count(num_tensors, "tensor") + ": " +
           (findings.empty() ? "metadata and sizes are sound" : findings) +
           ", values were not read";
  }
  std::string text = Count(num_tensors, "tensor") + ", " + BinarySize(nbytes) + ": " + findings;
  if (num_unprotected == 0) return text + (findings.empty() ? "sound" : "");
  return text + (findings.empty() ? "" : ", ") + Count(num_unprotected, "tensor") +
         (num_unprotected == 1 ? " has" : " have") + " no checksum: read, not proven";
}

void PrintFindings(const Verified& verified, bool is_quick, Output& out) {
  const std::string place = OneLine(verified.path) + ": ";
  for (const Finding& finding : verified.report.findings) {
    out.Write(place + out.Styled(Style::kRed, ReasonWord(finding.error.reason())) + ": " +
              OneLine(finding.error.message()) + "\n");
  }
  const VerifyReport& report = verified.report;
  const std::string summary = SummaryText(report.num_tensors, report.nbytes, report.num_unprotected,
                                          report.findings.size(), is_quick);
  out.Write(place + out.Styled(report.ok() ? Style::kGreen : Style::kRed, summary) + "\n");
}

// Adds up what was read of several checkpoints.
struct Totals {
  uint64_t num_checkpoints = 0, num_tensors = 0, nbytes = 0, num_unprotected = 0, num_findings = 0;
  void Add(const VerifyReport& report) {
    ++num_checkpoints;
    num_tensors += report.num_tensors;
    nbytes += report.nbytes;
    num_unprotected += report.num_unprotected;
    num_findings += report.findings.size();
  }
};

void WriteVerified(JsonWriter& json, const Verified& verified) {
  json.BeginObject();
  json.Name("path", verified.path);
  json.Key("format");
  verified.format.empty() ? json.Null() : json.String(verified.format);
  json.Key("ok");
  json.Bool(verified.ok());
  json.NumberOrNull("tensors", verified.report.num_tensors);
  json.NumberOrNull("nbytes", verified.report.nbytes);
  json.NumberOrNull("unprotected", verified.report.num_unprotected);
  json.Key("findings");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const Finding& finding : verified.report.findings) WriteFinding(json, finding);
  json.EndArray();
  WriteError(json, verified.error);
  json.EndObject();
}

class VerifyCommand final : public Command {
 public:
  std::string_view name() const override { return "verify"; }
  std::string_view summary() const override {
    return "Reads everything and compares every checksum; a line a finding.";
  }
  std::string_view examples() const override {
    return "  cairn verify run/model-100\n"
           "  cairn verify --all --json run\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "PATH", .target = &paths_, .help = "the checkpoints"},
        {.names = "--all",
         .target = &all_,
         .help = "PATH is the directory of a run: every checkpoint in it"},
        {.names = "--quick", .target = &quick_, .help = "only metadata and sizes, no tensor data"},
        {.names = "--strict",
         .target = &strict_,
         .help = "also padding, order, overlap, bytes and files of nobody"},
        {.names = "--require-checksums",
         .target = &require_checksums_,
         .help = "a tensor without a checksum is a finding"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    if (quick_ && strict_)
      return context.out.Error(
          Status(Reason::kArgument, "verify: --quick and --strict exclude each other")
              .WithHint("leave one of them out"));
    if (all_) {
      if (const Status listed = ListAll(context.out); !listed.ok())
        return context.out.Error(listed);
    }
    return json_ ? RunAsJson(context) : RunAsText(context);
  }

 private:
  // Replaces the directories that were given by what is in them.
  Status ListAll(Output& out) {
    std::vector<std::string> listed;
    for (const std::string& directory : paths_) {
      std::vector<std::string> notes;
      auto paths = PathsOfRun(LocalFileSystem(), directory, notes);
      for (const std::string& note : notes) out.Note(note);
      CAIRN_RETURN_IF_ERROR(paths.status());
      std::ranges::move(*paths, std::back_inserter(listed));
    }
    paths_ = std::move(listed);
    return {};
  }

  // Calls `take` with what became of each checkpoint. Several members of one are verified once.
  // False where the program was interrupted.
  template <typename Take>
  bool ForEach(const Context& context, Take take) const {
    std::set<std::string> seen;
    for (const std::string& path : paths_) {
      Result<Resolved> resolved = Resolve(LocalFileSystem(), path);
      const std::string prefix =
          resolved.ok() ? resolved->path : PrefixOfMember(path).value_or(path);
      if (!seen.insert(prefix).second) continue;
      if (resolved.ok() && !resolved->note.empty()) context.out.Note(resolved->note);
      const Verified verified = VerifyShown(path, std::move(resolved), Options(), context);
      if (verified.error.code() == StatusCode::kCancelled) return false;
      if (!all_) NoteLeftovers(prefix, context.out);
      take(verified);
    }
    return true;
  }

  VerifyOptions Options() const {
    VerifyOptions options;
    options.require_checksums = require_checksums_;
    if (quick_) options.depth = VerifyDepth::kQuick;
    if (strict_) options.depth = VerifyDepth::kStrict;
    return options;
  }

  ExitCode RunAsText(const Context& context) const {
    ExitCode code = kDone;
    Totals totals;
    const bool is_done = ForEach(context, [&](const Verified& verified) {
      code = Worse(code, CodeOfVerified(verified));
      if (verified.error.ok()) {
        PrintFindings(verified, quick_, context.out);
        totals.Add(verified.report);
      } else {
        context.out.Error(verified.error);
      }
    });
    if (!is_done) return kInterrupted;
    if (totals.num_checkpoints > 1) {
      context.out.Write(Count(totals.num_checkpoints, "checkpoint") + ", " +
                        SummaryText(totals.num_tensors, totals.nbytes, totals.num_unprotected,
                                    totals.num_findings, quick_) +
                        "\n");
    }
    return code;
  }

  ExitCode RunAsJson(const Context& context) const {
    ExitCode code = kDone;
    JudgedTotals totals;
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Key("checkpoints");
    json.BeginArray(JsonWriter::Layout::kLines);
    const bool is_done = ForEach(context, [&](const Verified& verified) {
      code = Worse(code, CodeOfVerified(verified));
      if (!verified.error.ok()) context.out.Error(verified.error);
      WriteVerified(json, verified);
      const VerifyReport& report = verified.report;
      std::ranges::copy(report.findings, std::back_inserter(totals.findings));
      totals.num_tensors += report.num_tensors;
      totals.num_unprotected += report.num_unprotected;
      totals.nbytes += report.nbytes;
    });
    // An interrupted run prints no document, because half of one is not JSON.
    if (!is_done) return kInterrupted;
    json.EndArray();
    WriteTotals(json, totals);
    EndDocument(json);
    context.out.Write(text);
    return code;
  }

  std::vector<std::string> paths_;
  bool all_ = false;
  bool quick_ = false;
  bool strict_ = false;
  bool require_checksums_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace cairn::cli
