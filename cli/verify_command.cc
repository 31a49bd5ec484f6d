// cairn verify PATH…: reads everything and says all that is wrong.
#include "cairn/checkpoint/checkpoint.h"
#include "cli/command.h"
#include "cli/finding_json.h"
#include "cli/json_writer.h"
#include "cli/signals.h"
#include "cli/size_text.h"

namespace cairn::cli {
namespace {

// What became of one path.
struct Verified {
  std::string path;  // as it was resolved, else as it was given
  std::string_view format;
  Status error;  // there was nothing to verify
  VerifyReport report;
  bool ok() const { return error.ok() && report.ok(); }
};

Status VerifyInto(Verified& verified, VerifyDepth depth, const Context& context) {
  FileSystem& fs = LocalFileSystem();
  const Result<Resolved> resolved = Resolve(fs, verified.path);
  if (!resolved.ok()) {
    auto report = ReportLostIndexes(fs, verified.path, resolved.status());
    if (!report) return resolved.status();
    verified.report = *std::move(report);
    return {};
  }
  if (!resolved->note.empty()) context.out.Note(resolved->note);
  verified.path = resolved->path;
  verified.format = resolved->format->name;
  ProgressBar progress("verify " + resolved->path, context.progress);
  VerifyOptions options;
  options.depth = depth;
  options.transfer.progress = &progress;
  options.transfer.cancel = &CatchInterrupt();
  CAIRN_ASSIGN_OR_RETURN(verified.report, resolved->format->verify(fs, resolved->path, options));
  return {};
}

Verified VerifyPath(const std::string& path, VerifyDepth depth, const Context& context) {
  Verified verified{.path = path, .format = {}, .error = {}, .report = {}};
  verified.error = VerifyInto(verified, depth, context);
  return verified;
}

ExitCode CodeOfVerified(const Verified& verified) {
  // What is wrong with a checkpoint is in the report; here there was none to verify.
  if (!verified.error.ok()) return Worse(kTrouble, ExitCodeOf(verified.error));
  return verified.report.ok() ? kDone : kFinding;
}

// "12 tensors, 1.5 GiB, 3 unprotected: sound"
std::string SummaryText(uint64_t num_tensors, uint64_t nbytes, uint64_t num_unprotected,
                        uint64_t num_findings) {
  std::string text = Count(num_tensors, "tensor") + ", " + BinarySize(nbytes);
  if (num_unprotected > 0) text += ", " + WithSeparators(num_unprotected) + " unprotected";
  return text + ": " + (num_findings == 0 ? "sound" : Count(num_findings, "finding"));
}

void PrintFindings(const Verified& verified, Output& out) {
  const std::string place = OneLine(verified.path) + ": ";
  for (const Finding& finding : verified.report.findings) {
    out.Write(place + out.Styled(Style::kRed, ReasonWord(finding.reason)) + ": " +
              OneLine(finding.message) + "\n");
  }
  const VerifyReport& report = verified.report;
  const std::string summary = SummaryText(report.num_tensors, report.nbytes, report.num_unprotected,
                                          report.findings.size());
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
    return "Reads everything: structure, completeness, every checksum. One line for each finding.";
  }
  std::string_view examples() const override {
    return "  cairn verify run/model-100\n"
           "  cairn verify --json run/model-100 run/model-200\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "PATH", .target = &paths_, .help = "the checkpoints"},
        {.names = "--quick", .target = &quick_, .help = "only metadata and sizes, no tensor data"},
        {.names = "--strict",
         .target = &strict_,
         .help = "also padding, order, overlap, bytes and files that belong to nobody"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    if (quick_ && strict_)
      return context.out.Error(
          Status(Reason::kArgument, "verify: --quick and --strict exclude each other")
              .WithHint("leave one of them out"));
    return json_ ? RunAsJson(context) : RunAsText(context);
  }

 private:
  VerifyDepth depth() const {
    if (quick_) return VerifyDepth::kQuick;
    return strict_ ? VerifyDepth::kStrict : VerifyDepth::kFull;
  }

  ExitCode RunAsText(const Context& context) const {
    ExitCode code = kDone;
    Totals totals;
    for (const std::string& path : paths_) {
      const Verified verified = VerifyPath(path, depth(), context);
      code = Worse(code, CodeOfVerified(verified));
      if (code == kInterrupted) return code;
      if (verified.error.ok()) {
        PrintFindings(verified, context.out);
        totals.Add(verified.report);
      } else {
        context.out.Error(verified.error);
      }
    }
    if (paths_.size() > 1) {
      context.out.Write(Count(totals.num_checkpoints, "checkpoint") + ", " +
                        SummaryText(totals.num_tensors, totals.nbytes, totals.num_unprotected,
                                    totals.num_findings) +
                        "\n");
    }
    return code;
  }

  ExitCode RunAsJson(const Context& context) const {
    ExitCode code = kDone;
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Key("checkpoints");
    json.BeginArray(JsonWriter::Layout::kLines);
    for (const std::string& path : paths_) {
      const Verified verified = VerifyPath(path, depth(), context);
      code = Worse(code, CodeOfVerified(verified));
      if (code == kInterrupted) return code;
      if (!verified.error.ok()) context.out.Error(verified.error);
      WriteVerified(json, verified);
    }
    json.EndArray();
    EndDocument(json);
    context.out.Write(text);
    return code;
  }

  std::vector<std::string> paths_;
  bool quick_ = false;
  bool strict_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace cairn::cli
