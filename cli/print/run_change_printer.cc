#include "cli/print/run_change_printer.h"

#include <cmath>

#include "cairn/core/escape.h"
#include "cairn/state/checkpoint_files.h"
#include "cli/output.h"
#include "cli/print/double_text.h"
#include "cli/print/run_json.h"
#include "cli/print/run_text.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

class ChangeText {
 public:
  ChangeText(const RunGlance& now, const std::optional<std::string>& statistic)
      : now_(now), statistic_(statistic) {}

  std::string operator()(const DirectoryChange&) const {
    if (now_.trouble.ok()) return "back: " + Escape(now_.run.path);
    return "lost: " + OneLine(now_.trouble.message());
  }

  std::string operator()(const CheckpointChange& change) const {
    const RunCheckpoint& checkpoint = now_.run.checkpoints[change.checkpoint];
    const bool is_newest = now_.newest == change.checkpoint;
    std::string text = (change.is_first_look ? "newest " : "saved ") + ShownName(checkpoint.name) +
                       ": " + CheckpointText(checkpoint, is_newest ? now_.run_state : std::nullopt);
    if (!is_newest) return text;
    if (now_.pace) text += "; " + PaceText(*now_.pace);
    return text + "; " + DiskUseText(now_.run.checkpoints.size(), now_.nbytes, now_.free_nbytes);
  }

  std::string operator()(const StatisticsChange& change) const {
    const RunStatistics::Record& record = now_.statistics.records[change.record];
    const StatisticCurve curve = CurveOf({.records = {record}}, statistic_);
    std::string text = PlaceText(record);
    if (!curve.values.empty())
      text += ": " + Escape(curve.name) + " " + StatisticText(curve.values.back());
    return text;
  }

  std::string operator()(const WriterChange&) const {
    return "lock: " + OneLine(TextOf(now_.writer));
  }

  std::string operator()(const FailureChange& change) const {
    return "failed: " + OneLine(change.text);
  }

 private:
  const RunGlance& now_;
  const std::optional<std::string>& statistic_;
};

class ChangeJson {
 public:
  ChangeJson(const RunGlance& now, JsonWriter& json) : now_(now), json_(json) {}

  void operator()(const DirectoryChange&) const {
    BeginChange("directory");
    json_.Key("error");
    now_.trouble.ok() ? json_.Null() : json_.String(now_.trouble.message());
  }

  void operator()(const CheckpointChange& change) const {
    const RunCheckpoint& checkpoint = now_.run.checkpoints[change.checkpoint];
    const bool is_newest = now_.newest == change.checkpoint;
    BeginChange("checkpoint");
    json_.Name("name", checkpoint.name);
    json_.Key("step");
    checkpoint.step ? json_.Signed(*checkpoint.step) : json_.Null();
    json_.Key("epoch");
    is_newest&& now_.run_state ? json_.Signed(now_.run_state->epoch) : json_.Null();
    json_.Key("nbytes");
    json_.Number(checkpoint.nbytes);
    json_.Key("newest");
    json_.Bool(is_newest);
    if (is_newest) WriteFactsOfNewest();
  }

  void operator()(const StatisticsChange& change) const {
    BeginChange("statistics");
    WriteRecordFields(json_, now_.statistics.records[change.record]);
  }

  void operator()(const WriterChange&) const {
    BeginChange("lock");
    json_.Key("lock");
    WriteWriter(json_, now_.writer);
  }

  void operator()(const FailureChange& change) const {
    BeginChange("failure");
    json_.Key("message");
    json_.String(change.text);
  }

 private:
  void BeginChange(std::string_view what) const {
    json_.Key("change");
    json_.String(what);
  }

  void WriteRealOrNull(std::string_view key, const std::optional<double>& value) const {
    json_.Key(key);
    value ? json_.Double(*value) : json_.Null();
  }

  void WriteFactsOfNewest() const {
    const std::optional<SavePace>& pace = now_.pace;
    WriteRealOrNull("saved_at", now_.saved_at);
    WriteRealOrNull("seconds_since_last", pace ? std::optional(pace->seconds) : std::nullopt);
    WriteRealOrNull("steps_per_second",
                    pace ? std::optional(pace->steps_per_second) : std::nullopt);
    json_.Key("num_checkpoints");
    json_.Number(now_.run.checkpoints.size());
    json_.Key("nbytes_of_all");
    json_.Number(now_.nbytes);
    json_.NumberOrNull("free_nbytes", now_.free_nbytes);
  }

  const RunGlance& now_;
  JsonWriter& json_;
};

}  // namespace

std::string TextOf(const RunChange& change, const RunGlance& now,
                   const std::optional<std::string>& statistic) {
  return std::visit(ChangeText(now, statistic), change);
}

std::string JsonOf(const RunChange& change, const RunGlance& now, double time) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Key("time");
  json.Double(time);
  std::visit(ChangeJson(now, json), change);
  EndDocument(json);
  return text;
}

}  // namespace cairn::cli
