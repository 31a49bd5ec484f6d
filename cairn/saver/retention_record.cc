#include "cairn/saver/retention_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr size_t kMaxRemembered = 1000;

constexpr std::string_view kNan = "NaN";
constexpr std::string_view kInfinity = "Infinity";
constexpr std::string_view kMinusInfinity = "-Infinity";

std::string JsonDouble(double value) {
  if (std::isnan(value)) return JsonString(kNan);
  if (std::isinf(value)) return JsonString(value > 0 ? kInfinity : kMinusInfinity);
  // "-0" would be read as an integer, which has no sign of its own.
  if (value == 0) return std::signbit(value) ? "-0.0" : "0";
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), end);
}

std::optional<double> DoubleOfName(std::string_view name) {
  if (name == kNan) return std::numeric_limits<double>::quiet_NaN();
  if (name == kInfinity) return std::numeric_limits<double>::infinity();
  if (name == kMinusInfinity) return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::optional<int64_t> StepOfKey(std::string_view key) {
  int64_t step = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), step);
  if (error != std::errc() || std::to_string(step) != key) return std::nullopt;
  return step;
}

// The objects of a record.
enum class Section : uint8_t { kOutside, kTop, kBest, kValues, kUnknown };

struct Field {
  Section section;
  std::string_view name;
};
constexpr Field kMaxToKeep = {Section::kTop, "max_to_keep"};
constexpr Field kHours = {Section::kTop, "keep_checkpoint_every_n_hours"};
constexpr Field kSteps = {Section::kTop, "keep_every_n_steps"};
constexpr Field kBest = {Section::kTop, "keep_best"};
constexpr Field kStatistic = {Section::kBest, "statistic"};
constexpr Field kCount = {Section::kBest, "count"};
constexpr Field kOrder = {Section::kBest, "order"};
constexpr Field kMaxNbytes = {Section::kTop, "max_nbytes"};
constexpr Field kValues = {Section::kTop, "values"};
constexpr std::array kFields = {kMaxToKeep, kHours, kSteps,     kBest,  kStatistic,
                                kCount,     kOrder, kMaxNbytes, kValues};

constexpr std::string_view kSmallest = "smallest";
constexpr std::string_view kLargest = "largest";

// Takes the JSON as it is parsed. What a value means is decided by the object that it is in and by
// its key; everything of unknown keys is passed over.
class RecordReader final : public JsonEvents {
 public:
  Result<RetentionRecord> Finish() && {
    if (!error_.ok()) return error_;
    for (const Field& field : kFields) {
      if (!seen_.contains({field.section, std::string(field.name)}))
        return Status(Reason::kFormat, "no " + Quoted(field.name));
    }
    return std::move(record_);
  }

  bool OnNull() override { return Wrong("null"); }
  bool OnBoolean() override { return Wrong("a boolean"); }
  bool OnFloat(double value) override { return TakeDouble(value) || Wrong("a fraction"); }
  bool OnInteger(int64_t value) override {
    if (IsAt(kSteps)) return Take(record_.rules.keep_every_n_steps, value);
    return TakeDouble(static_cast<double>(value)) || Wrong("negative");
  }
  bool OnUnsigned(uint64_t value) override {
    if (IsAt(kMaxToKeep)) return Take(record_.rules.max_to_keep, value);
    if (IsAt(kMaxNbytes)) return Take(record_.rules.max_nbytes, value);
    if (IsAt(kCount)) return Take(record_.rules.keep_best.count, value);
    if (IsAt(kSteps) && value <= INT64_MAX)
      return Take(record_.rules.keep_every_n_steps, static_cast<int64_t>(value));
    return TakeDouble(static_cast<double>(value)) || Wrong("the number " + std::to_string(value));
  }
  bool OnString(std::string& value) override {
    if (IsAt(kStatistic)) return Take(record_.rules.keep_best.statistic, std::move(value));
    if (IsAt(kOrder) && (value == kSmallest || value == kLargest))
      return Take(record_.rules.keep_best.largest, value == kLargest);
    const auto number = DoubleOfName(value);
    return (number && TakeDouble(*number)) || Wrong("the string " + Quoted(value));
  }

  bool OnStartObject() override {
    if (sections_.empty()) return Enter(Section::kTop);
    if (IsAt(kBest)) return Enter(Section::kBest);
    if (IsAt(kValues)) return Enter(Section::kValues);
    return Wrong("an object") && Enter(Section::kUnknown);
  }
  bool OnStartArray() override { return Wrong("an array") && Enter(Section::kUnknown); }
  bool OnEndObject() override { return Leave(); }
  bool OnEndArray() override { return Leave(); }

  bool OnKey(std::string& name) override {
    key_ = std::move(name);
    if (section() == Section::kUnknown) return true;
    if (!seen_.emplace(section(), key_).second) return Fail(Quoted(key_) + " twice");
    if (section() != Section::kValues || StepOfKey(key_)) return true;
    return Fail("a value of " + Quoted(key_) + ", expected a step");
  }

 private:
  Section section() const { return sections_.empty() ? Section::kOutside : sections_.back(); }
  bool IsAt(const Field& field) const { return section() == field.section && key_ == field.name; }

  template <typename T>
  static bool Take(T& place, T value) {
    place = std::move(value);
    return true;
  }
  bool TakeDouble(double value) {
    if (section() == Section::kValues)
      record_.values[*StepOfKey(key_)] = value;
    else if (IsAt(kHours))
      record_.rules.keep_checkpoint_every_n_hours = value;
    else
      return false;
    return true;
  }

  bool Fail(std::string message) {
    error_ = Status(Reason::kFormat, std::move(message));
    return false;
  }
  // A value of this kind: right for an unknown key, wrong for one that is ours.
  bool Wrong(const std::string& kind) {
    if (sections_.empty()) return Fail(kind + ", expected an object");
    const bool is_ours =
        section() == Section::kValues ||
        std::ranges::any_of(kFields, [&](const Field& field) { return IsAt(field); });
    return !is_ours || Fail(Quoted(key_) + " is " + kind);
  }
  bool Enter(Section section) {
    sections_.push_back(section);
    return true;
  }
  bool Leave() {
    sections_.pop_back();
    return true;
  }

  RetentionRecord record_;
  Status error_;
  std::set<std::pair<Section, std::string>> seen_;  // keys of all objects but unknown ones
  std::vector<Section> sections_;                   // the objects and arrays around the value
  std::string key_;                                 // the last one
};

}  // namespace

std::string FormatRetentionRecord(const RetentionRecord& record) {
  const RetentionRules& rules = record.rules;
  const BestRule& best = rules.keep_best;
  const std::string statistic = IsUtf8(best.statistic) ? best.statistic : Escape(best.statistic);
  std::string values;
  for (const auto& [step, value] : record.values) {
    if (!values.empty()) values += ',';
    values += JsonString(std::to_string(step)) + ":" + JsonDouble(value);
  }
  return "{\"max_to_keep\":" + std::to_string(rules.max_to_keep) +
         ",\"keep_checkpoint_every_n_hours\":" + JsonDouble(rules.keep_checkpoint_every_n_hours) +
         ",\"keep_every_n_steps\":" + std::to_string(rules.keep_every_n_steps) +
         ",\"keep_best\":{\"statistic\":" + JsonString(statistic) +
         ",\"count\":" + std::to_string(best.count) +
         ",\"order\":" + JsonString(best.largest ? kLargest : kSmallest) +
         "},\"max_nbytes\":" + std::to_string(rules.max_nbytes) + ",\"values\":{" + values + "}}";
}

Result<RetentionRecord> ParseRetentionRecord(std::string_view text) {
  RecordReader reader;
  CAIRN_RETURN_IF_ERROR(ParseJson(text, reader).In("retention record"));
  return std::move(reader).Finish().In("retention record");
}

std::map<int64_t, double> PruneValues(const RetentionRules& rules,
                                      const std::map<int64_t, double>& values) {
  std::map<int64_t, double> kept;
  std::vector<std::pair<double, int64_t>> ranked;
  for (const auto& [step, value] : values) {
    // The earlier step comes first among equal values, whichever end is the best.
    if (!std::isnan(value)) ranked.emplace_back(rules.keep_best.largest ? -value : value, step);
  }
  const auto num_best =
      static_cast<std::ptrdiff_t>(std::min<uint64_t>(ranked.size(), rules.keep_best.count));
  std::ranges::partial_sort(ranked, ranked.begin() + num_best);
  for (const auto& [key, step] : std::span(ranked).first(static_cast<size_t>(num_best)))
    kept[step] = values.at(step);

  uint64_t left = rules.max_to_keep > 0 ? rules.max_to_keep : kMaxRemembered;
  for (auto i = values.rbegin(); i != values.rend() && left > 0; ++i, --left) kept.insert(*i);
  return kept;
}

}  // namespace cairn
