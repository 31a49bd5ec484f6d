#include "cli/explain_run.h"

#include <algorithm>
#include <cmath>

#include "cairn/saver/explain_retention.h"
#include "cairn/saver/retention_words.h"
#include "cairn/state/checkpoint_files.h"
#include "cli/print/columns.h"
#include "cli/print/double_text.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

std::string JoinedWith(std::string_view separator, const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

class ExplanationText {
 public:
  ExplanationText(const RetentionExplanation& explanation, Output& out)
      : explanation_(explanation), out_(out) {}

  void Print() {
    for (const ExplainedCheckpoint& checkpoint : explanation_.checkpoints) {
      name_width_ = std::max(name_width_, WidthOf(ShownName(checkpoint.name)));
      step_width_ = std::max(step_width_, StepOf(checkpoint).size());
      size_width_ = std::max(size_width_, BinarySize(checkpoint.nbytes).size());
    }
    for (const ExplainedCheckpoint& checkpoint : explanation_.checkpoints)
      PrintCheckpoint(checkpoint);
    out_.Write(
        out_.Styled(Style::kBold, "rules") + ": " +
        (explanation_.rules ? JoinedWith("; ", RulesInWords(*explanation_.rules)) : "not known") +
        "\n");
    if (explanation_.rules) PrintNextSave();
  }

 private:
  static std::string StepOf(const ExplainedCheckpoint& checkpoint) {
    return checkpoint.step ? "step " + std::to_string(*checkpoint.step) : "no step";
  }

  void PrintCheckpoint(const ExplainedCheckpoint& checkpoint) {
    const bool goes = !checkpoint.removed_because.empty();
    std::string line = Padded(ShownName(checkpoint.name), name_width_) + "  " +
                       Padded(StepOf(checkpoint), step_width_) + "  " +
                       PaddedLeft(BinarySize(checkpoint.nbytes), size_width_) + "  " +
                       OneLine(JoinedWith("; ", checkpoint.kept_because));
    if (goes)
      line += "; " + out_.Styled(Style::kYellow, "the next save removes it") + ": " +
              OneLine(JoinedWith("; ", checkpoint.removed_because));
    out_.Write(line + "\n");
  }

  void PrintNextSave() {
    std::vector<std::string> names;
    uint64_t nbytes = 0;
    for (const ExplainedCheckpoint& checkpoint : explanation_.checkpoints) {
      if (checkpoint.removed_because.empty()) continue;
      names.push_back(ShownName(checkpoint.name));
      nbytes += checkpoint.nbytes;
    }
    out_.Write(out_.Styled(Style::kBold, "the next save removes") + " " +
               (names.empty() ? "nothing" : JoinedWith(", ", names) + ": " + BinarySize(nbytes)) +
               "\n");
  }

  const RetentionExplanation& explanation_;
  Output& out_;
  size_t name_width_ = 0, step_width_ = 0, size_width_ = 0;
};

void WriteStrings(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteRules(JsonWriter& json, const RetentionRules& rules) {
  json.BeginObject();
  json.Key("max_to_keep");
  json.Number(rules.max_to_keep);
  json.Key("keep_checkpoint_every_n_hours");
  const double hours = rules.keep_checkpoint_every_n_hours;
  std::isfinite(hours) ? json.Raw(ShortestText(hours)) : json.Null();
  json.Key("keep_every_n_steps");
  json.Signed(rules.keep_every_n_steps);
  json.Key("keep_best");
  if (rules.keep_best.count == 0) {
    json.Null();
  } else {
    json.BeginObject();
    json.Key("statistic");
    json.String(rules.keep_best.statistic);
    json.Key("count");
    json.Number(rules.keep_best.count);
    json.Key("order");
    json.String(rules.keep_best.largest ? "largest" : "smallest");
    json.EndObject();
  }
  json.Key("max_nbytes");
  json.Number(rules.max_nbytes);
  json.EndObject();
}

void WriteExplained(JsonWriter& json, const ExplainedCheckpoint& checkpoint) {
  json.BeginObject();
  json.Name("name", checkpoint.name);
  json.Key("step");
  checkpoint.step ? json.Signed(*checkpoint.step) : json.Null();
  json.Key("nbytes");
  json.Number(checkpoint.nbytes);
  json.Key("ok");
  json.Bool(checkpoint.sound.ok());
  json.Key("is_managed");
  json.Bool(checkpoint.is_managed);
  WriteStrings(json, "kept_because", checkpoint.kept_because);
  WriteStrings(json, "removed_because", checkpoint.removed_because);
  json.EndObject();
}

std::string ExplanationJson(const RetentionExplanation& explanation) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", explanation.path);
  json.Key("rules");
  explanation.rules ? WriteRules(json, *explanation.rules) : json.Null();
  json.Key("checkpoints");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const ExplainedCheckpoint& checkpoint : explanation.checkpoints)
    WriteExplained(json, checkpoint);
  json.EndArray();
  EndDocument(json);
  return text;
}

}  // namespace

ExitCode ExplainRun(const std::string& directory, VerifyDepth depth, ExplanationStyle style,
                    const Context& context) {
  ProgressBar progress("state " + directory, context.progress);
  VerifyOptions options;
  options.access = Access::kRead;
  options.depth = depth;
  options.transfer.progress = &progress;
  options.transfer.cancel = &CatchInterrupt();
  const Result<RetentionExplanation> explanation =
      ExplainRetention(LocalFileSystem(), directory, options);
  if (!explanation.ok()) return context.out.Error(explanation.status());
  for (const std::string& note : explanation->notes) context.out.Note(note);
  if (style == ExplanationStyle::kJson)
    context.out.Write(ExplanationJson(*explanation));
  else
    ExplanationText(*explanation, context.out).Print();
  const bool all_sound = std::ranges::all_of(
      explanation->checkpoints, [](const ExplainedCheckpoint& c) { return c.sound.ok(); });
  return all_sound ? kDone : kFinding;
}

}  // namespace cairn::cli
