// cairn repair SRC DST: a sound checkpoint of what a damaged one still holds.
#include "cairn/checkpoint/repair.h"
#include "cairn/core/escape.h"
#include "cli/command.h"
#include "cli/json_writer.h"
#include "cli/signals.h"
#include "cli/size_text.h"

namespace cairn::cli {
namespace {

void WriteLost(JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Key("reason");
  json.String(ReasonWord(finding.reason));
  json.Name("tensor", finding.tensor);
  json.Name("path", finding.path);
  json.Key("message");
  json.String(finding.message);
  json.EndObject();
}

class RepairCommand final : public Command {
 public:
  std::string_view name() const override { return "repair"; }
  std::string_view summary() const override {
    return "Saves every tensor that verifies as a new checkpoint, and says what is lost.";
  }
  std::string_view examples() const override {
    return "  cairn repair run/model-100 rescued/model-100\n"
           "  cairn repair --json run/model-100 rescued/model-100\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "SRC", .target = &from_, .help = "the damaged checkpoint, or its prefix"},
        {.names = "DST", .target = &to_, .help = "the prefix of the new one, which must be free"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    ProgressBar progress("repair " + from_, context.progress);
    RepairOptions options;
    options.open.access = Access::kRead;
    options.save.transfer.progress = &progress;
    options.save.transfer.cancel = &CatchInterrupt();
    const Result<RepairReport> report = Repair(LocalFileSystem(), from_, to_, options);
    if (!report.ok()) return context.out.Error(report.status());
    for (const std::string& note : report->notes) context.out.Note(note);
    for (const std::string& name : report->unprotected)
      context.out.Warn("tensor " + Quoted(name) + " had no checksum: saved as it is, not proven");
    json_ ? PrintJson(*report, context.out) : PrintText(*report, context.out);
    return report->lost.empty() ? kDone : kFinding;
  }

 private:
  void PrintText(const RepairReport& report, Output& out) const {
    for (const Finding& finding : report.lost) {
      out.Write("lost: " + out.Styled(Style::kRed, ReasonWord(finding.reason)) + ": " +
                OneLine(finding.message) + "\n");
    }
    std::string summary = OneLine(to_) + ": " + Count(report.saved.num_tensors, "tensor") + ", " +
                          BinarySize(report.saved.nbytes) + " saved";
    summary += report.lost.empty() ? ", nothing lost"
                                   : ", " + WithSeparators(report.lost.size()) + " lost";
    out.Write(out.Styled(report.lost.empty() ? Style::kGreen : Style::kRed, summary) + "\n");
  }

  void PrintJson(const RepairReport& report, Output& out) const {
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Name("source", from_);
    json.Name("path", to_);
    json.NumberOrNull("tensors", report.saved.num_tensors);
    json.NumberOrNull("nbytes", report.saved.nbytes);
    json.Key("lost");
    json.BeginArray(JsonWriter::Layout::kLines);
    for (const Finding& finding : report.lost) WriteLost(json, finding);
    json.EndArray();
    json.Key("unprotected");
    json.BeginArray();
    for (const std::string& name : report.unprotected) json.String(name);
    json.EndArray();
    json.Key("notes");
    json.BeginArray();
    for (const std::string& note : report.notes) json.String(note);
    json.EndArray();
    EndDocument(json);
    out.Write(text);
  }

  std::string from_;
  std::string to_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRepairCommand() { return std::make_unique<RepairCommand>(); }

}  // namespace cairn::cli
