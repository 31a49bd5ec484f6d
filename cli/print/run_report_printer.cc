#include "cli/print/run_report_printer.h"

#include <algorithm>

#include "cairn/state/checkpoint_files.h"
#include "cli/print/columns.h"
#include "cli/print/run_json.h"
#include "cli/print/run_text.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

std::string StepText(const RunCheckpoint& checkpoint) {
  return checkpoint.step ? "step " + std::to_string(*checkpoint.step) : "no step";
}

class RunReportText {
 public:
  RunReportText(const RunReport& report, Output& out) : report_(report), out_(out) {}

  void Print(size_t max_rows) {
    // The last line, and the prompt of the shell after it.
    constexpr size_t kRowsBelow = 2;
    const std::vector<std::string> details = Details();
    const size_t used = details.size() + kRowsBelow;
    PrintCheckpoints(max_rows > used ? max_rows - used : 0);
    for (const std::string& line : details) out_.Write(line + "\n");
    PrintResume();
  }

 private:
  // Whether a line may stand for this checkpoint and others.
  bool CanBeLeftOut(size_t i) const {
    const RunCheckpoint& checkpoint = report_.run.checkpoints[i];
    return report_.reasons[i].empty() && !report_.is_named(checkpoint) &&
           report_.resume != checkpoint.name;
  }

  // Chooses the checkpoints that have a line of their own: all, or the newest and those of which
  // something is to be said.
  std::vector<size_t> Shown(size_t max_rows) const {
    constexpr size_t kFewest = 5;
    const size_t count = report_.run.checkpoints.size();
    size_t first = 0;
    size_t num_shown = count > max_rows ? count + 1 : 0;  // with the line of those left out
    for (; num_shown > max_rows && first + kFewest < count; ++first)
      if (CanBeLeftOut(first)) --num_shown;
    std::vector<size_t> shown;
    for (size_t i = 0; i < count; ++i)
      if (i >= first || !CanBeLeftOut(i)) shown.push_back(i);
    return shown;
  }

  void PrintCheckpoints(size_t max_rows) {
    const std::vector<size_t> shown = Shown(max_rows);
    for (const size_t i : shown) {
      const RunCheckpoint& checkpoint = report_.run.checkpoints[i];
      name_width_ = std::max(name_width_, WidthOf(ShownName(checkpoint.name)));
      step_width_ = std::max(step_width_, StepText(checkpoint).size());
      size_width_ = std::max(size_width_, BinarySize(checkpoint.nbytes).size());
    }
    const size_t left_out = report_.run.checkpoints.size() - shown.size();
    if (left_out > 0) {
      out_.Write(out_.Styled(Style::kDim, "… " + WithSeparators(left_out) + " older, all ok") +
                 " (--all lists them)\n");
    }
    for (const size_t i : shown) PrintCheckpoint(report_.run.checkpoints[i], report_.reasons[i]);
  }

  void PrintCheckpoint(const RunCheckpoint& checkpoint, const std::string& reason) {
    const std::string size = BinarySize(checkpoint.nbytes);
    std::string line = Padded(ShownName(checkpoint.name), name_width_) + "  " +
                       Padded(StepText(checkpoint), step_width_) + "  " +
                       PaddedLeft(size, size_width_) + "  ";
    if (reason.empty())
      line += out_.Styled(Style::kGreen, "ok");
    else
      line += out_.Styled(Style::kRed, OneLine(reason));
    if (report_.is_named(checkpoint)) line += "  (checkpoint)";
    out_.Write(line + "\n");
  }

  // Prints the facts beside the checkpoints, and leaves out those that are not there.
  std::vector<std::string> Details() const {
    std::vector<std::string> lines;
    if (!report_.run.checkpoints.empty()) lines.push_back("disk: " + DiskText());
    const RunStatistics& statistics = report_.statistics;
    if (!statistics.trouble.empty())
      lines.push_back("statistics: " + out_.Styled(Style::kRed, OneLine(statistics.trouble)));
    else if (!statistics.records.empty())
      lines.push_back("statistics: " + TextOf(statistics.records.back()));
    if (report_.writer.state != RunWriter::State::kUnlocked)
      lines.push_back("lock: " + OneLine(TextOf(report_.writer)));
    if (report_.resume) lines.push_back("run state: " + TextOf(report_.run_state));
    return lines;
  }

  std::string DiskText() const {
    return DiskUseText(report_.run.checkpoints.size(), report_.nbytes, report_.free_nbytes);
  }

  void PrintResume() {
    const std::string target = report_.resume              ? ShownName(*report_.resume)
                               : report_.resume_error.ok() ? "from scratch"
                                                           : "not possible";
    out_.Write(out_.Styled(Style::kBold, "resume " + target) + ": " +
               OneLine(report_.resume_reason) + "\n");
  }

  const RunReport& report_;
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

}  // namespace

void PrintText(const RunReport& report, size_t max_rows, Output& out) {
  RunReportText(report, out).Print(max_rows);
}

std::string JsonOf(const RunReport& report) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", report.run.path);
  WriteNameOrNull(json, "checkpoint", report.run.named);
  json.Key("resume");
  json.BeginObject();
  WriteNameOrNull(json, "name", report.resume);
  json.Key("reason");
  json.String(report.resume_reason);
  json.EndObject();
  json.Key("checkpoints");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (size_t i = 0; i < report.run.checkpoints.size(); ++i)
    WriteCheckpoint(json, report.run.checkpoints[i], report.reasons[i]);
  json.EndArray();
  json.Key("run_state");
  WriteRunState(json, report.run_state);
  json.Key("statistics");
  WriteLastRecord(json, report.statistics);
  json.Key("lock");
  WriteWriter(json, report.writer);
  json.Key("nbytes");
  json.Number(report.nbytes);
  json.NumberOrNull("free_nbytes", report.free_nbytes);
  EndDocument(json);
  return text;
}

}  // namespace cairn::cli
