#include "cli/run_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/monitor/stats_file.h"
#include "cli/print/double_text.h"

namespace cairn::cli {
namespace {

constexpr std::string_view kEpoch = "epoch_num";
constexpr std::string_view kStep = "global_step";

// The number that a string stands for, as stats.json has it where JSON has none.
std::optional<double> NumberOfWord(std::string_view word) {
  if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity") return std::numeric_limits<double>::infinity();
  if (word == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// Takes the numbers of each object of a list. What is no number, and what lies deeper, is passed
// over.
class RecordReader final : public JsonEvents {
 public:
  std::vector<RunStatistics::Record> TakeRecords() { return std::move(records_); }

  bool OnNull() override { return true; }
  bool OnBoolean() override { return true; }
  bool OnFloat(double value) override { return Take(value); }
  bool OnInteger(int64_t value) override { return TakeWhole(value); }
  bool OnUnsigned(uint64_t value) override {
    return value <= INT64_MAX ? TakeWhole(static_cast<int64_t>(value))
                              : Take(static_cast<double>(value));
  }
  bool OnString(std::string& value) override {
    const std::optional<double> number = NumberOfWord(value);
    return number ? Take(*number) : true;
  }
  bool OnStartObject() override {
    if (depth_ == 1) records_.emplace_back();
    return Enter();
  }
  bool OnKey(std::string& name) override {
    if (depth_ == kInRecord) key_ = std::move(name);
    return true;
  }
  bool OnEndObject() override { return Leave(); }
  bool OnStartArray() override { return Enter(); }
  bool OnEndArray() override { return Leave(); }

 private:
  static constexpr size_t kInRecord = 2;

  bool Enter() { return ++depth_ > 0; }
  bool Leave() {
    --depth_;
    return true;
  }
  bool TakeWhole(int64_t value) {
    if (depth_ != kInRecord) return true;
    if (key_ == kEpoch)
      records_.back().epoch = value;
    else if (key_ == kStep)
      records_.back().step = value;
    else
      return Take(static_cast<double>(value));
    return true;
  }
  bool Take(double value) {
    const bool is_scalar = depth_ == kInRecord && key_ != kEpoch && key_ != kStep;
    if (is_scalar) records_.back().values.emplace_back(key_, value);
    return true;
  }

  std::vector<RunStatistics::Record> records_;
  std::string key_;
  size_t depth_ = 0;
};

std::optional<double> ValueOf(const RunStatistics::Record& record, std::string_view name) {
  const auto found = std::ranges::find(record.values, name,
                                       [](const auto& pair) -> const auto& { return pair.first; });
  return found == record.values.end() ? std::nullopt : std::optional(found->second);
}

std::string ChooseName(const RunStatistics::Record& record) {
  for (const char* name : {"cost", "loss"})
    if (ValueOf(record, name)) return name;
  return record.values.empty() ? "" : record.values.front().first;
}

}  // namespace

RunStatistics ReadStatistics(FileSystem& fs, const std::string& directory) {
  const Result<StatsHistory> history = ReadStatsFile(fs, directory);
  if (history.status().reason() == Reason::kMissing) return {};
  if (!history.ok()) return {.trouble = std::string(history.status().message())};
  RecordReader reader;
  const Status parsed = ParseJson(history->Format(), reader);
  if (!parsed.ok()) return {.trouble = std::string(parsed.message())};
  return {.records = reader.TakeRecords()};
}

StatisticCurve CurveOf(const RunStatistics& statistics, const std::optional<std::string>& name) {
  if (statistics.records.empty()) return {.name = name.value_or("")};
  StatisticCurve curve{.name = name ? *name : ChooseName(statistics.records.back())};
  for (const RunStatistics::Record& record : statistics.records) {
    if (const auto value = ValueOf(record, curve.name)) curve.values.push_back(*value);
  }
  return curve;
}

std::string StatisticText(double value) { return std::isnan(value) ? "nan" : FourDigitText(value); }

std::string PlaceText(const RunStatistics::Record& record) {
  std::string text;
  if (record.epoch) text += "epoch " + std::to_string(*record.epoch);
  if (record.step) text += (text.empty() ? "step " : ", step ") + std::to_string(*record.step);
  return text.empty() ? "no epoch" : text;
}

std::string TextOf(const RunStatistics::Record& record) {
  std::string text = PlaceText(record);
  std::string_view separator = ": ";
  for (const auto& [name, value] : record.values) {
    text.append(separator).append(Escape(name)).append(" ").append(StatisticText(value));
    separator = ", ";
  }
  return text;
}

}  // namespace cairn::cli
