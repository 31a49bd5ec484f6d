#include "cairn/monitor/stats_file.h"

#include <array>
#include <charconv>
#include <cmath>

#include "cairn/codec/json.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"
#include "cairn/monitor/python_json.h"

namespace cairn {
namespace {

constexpr std::string_view kEpochKey = "epoch_num";
constexpr std::string_view kStepKey = "global_step";
// The words that Python writes for values that JSON has no number for; the longer one first.
constexpr std::array<std::string_view, 3> kBareWords = {"-Infinity", "Infinity", "NaN"};
constexpr std::string_view kJsonSpaces = " \t\n\r";

// Returns the bare word with which `text` begins, or "".
std::string_view BareWordAt(std::string_view text) {
  for (const std::string_view word : kBareWords) {
    if (text.starts_with(word)) return word;
  }
  return {};
}

// Returns the length of the string with which `text` begins, quotes included.
size_t StringLength(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.size();
}

bool IsFollowedByColon(std::string_view text) {
  const size_t next = text.find_first_not_of(kJsonSpaces);
  return next != std::string_view::npos && text[next] == ':';
}

// Returns `text` with each bare word replaced by a string of the same length, so that it can be
// parsed as JSON and errors have the right place. A name of a member stays bare, which is an error.
std::string WithoutBareWords(std::string_view text) {
  std::string json(text);
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const std::string_view word = BareWordAt(rest);
    if (!word.empty() && !IsFollowedByColon(rest.substr(word.size())))
      json[at] = json[at + word.size() - 1] = '"';
    at += rest[0] == '"' ? StringLength(rest) : word.empty() ? 1 : word.size();
  }
  return json;
}

std::optional<int64_t> WholePart(double value) {
  constexpr double kEnd = 9223372036854775808.0;  // 2^63
  const double whole = std::trunc(value);
  if (!(whole >= -kEnd && whole < kEnd)) return std::nullopt;
  return static_cast<int64_t>(whole);
}

std::optional<int64_t> ParseDigits(std::string_view text) {
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.empty()) return std::nullopt;
  return value;
}

struct EntryNumbers {
  std::optional<int64_t> epoch;
  std::optional<int64_t> step;
};

// Takes epoch and step of each entry, and refuses what is not a list of objects.
class EntryReader final : public JsonEvents {
 public:
  const std::vector<EntryNumbers>& entries() const { return entries_; }
  const Status& error() const { return error_; }

  bool OnNull() override { return TakeNumber(std::nullopt, "null"); }
  bool OnBoolean() override { return TakeNumber(std::nullopt, "a boolean"); }
  bool OnFloat(double value) override { return TakeNumber(WholePart(value), "a number"); }
  bool OnInteger(int64_t value) override { return TakeNumber(value, "a number"); }
  bool OnUnsigned(uint64_t value) override {
    const bool fits = value <= static_cast<uint64_t>(INT64_MAX);
    return TakeNumber(fits ? std::optional(static_cast<int64_t>(value)) : std::nullopt, "a number");
  }
  bool OnString(std::string& value) override { return TakeNumber(ParseDigits(value), "a string"); }
  bool OnStartObject() override {
    if (depth_ == 1) entries_.emplace_back();
    return Enter(depth_ >= 1, "an object");
  }
  bool OnKey(std::string& name) override {
    if (depth_ == 2) key_ = std::move(name);
    return true;
  }
  bool OnEndObject() override { return Leave(); }
  bool OnStartArray() override { return Enter(depth_ != 1, "a list"); }
  bool OnEndArray() override { return Leave(); }

 private:
  bool Enter(bool is_expected, std::string_view found) {
    if (!is_expected) return Refuse(found);
    if (depth_ == 2) TakeEntryNumber(std::nullopt);
    ++depth_;
    return true;
  }
  bool Leave() {
    --depth_;
    return true;
  }
  bool TakeNumber(std::optional<int64_t> value, std::string_view found) {
    if (depth_ < 2) return Refuse(found);
    if (depth_ == 2) TakeEntryNumber(value);
    return true;
  }
  void TakeEntryNumber(std::optional<int64_t> value) {
    if (key_ == kEpochKey) entries_.back().epoch = value;
    if (key_ == kStepKey) entries_.back().step = value;
  }
  bool Refuse(std::string_view found) {
    const std::string where = depth_ == 0 ? "" : "entry " + std::to_string(entries_.size()) + ": ";
    const std::string expected = depth_ == 0 ? "a list of objects" : "an object";
    error_ = Status(Reason::kFormat, where + expected + " expected, found " + std::string(found));
    return false;
  }

  std::vector<EntryNumbers> entries_;
  std::string key_;
  size_t depth_ = 0;
  Status error_;
};

// Appends one part of an entry as Python writes it, and returns its length in `text`.
size_t AppendPart(std::string& entry, std::string_view text) {
  const char first = text[0];
  if (first == '"') {
    const size_t length = StringLength(text);
    entry += text.substr(0, length);
    return length;
  }
  if (const std::string_view word = BareWordAt(text); !word.empty()) {
    (entry += '"').append(word) += '"';
    return word.size();
  }
  if (kJsonSpaces.find(first) != std::string_view::npos) return 1;
  entry += first;
  if (first == ',' || first == ':') entry += ' ';
  return 1;
}

// Returns the text of each entry. `text` is a list of objects, apart from bare words.
std::vector<std::string> SplitEntries(std::string_view text) {
  std::vector<std::string> entries;
  size_t depth = 0;
  for (size_t at = 0; at < text.size();) {
    const char first = text[at];
    if (first == '{' && depth == 1) entries.emplace_back();
    const bool is_in_entry = depth > 1 || (first == '{' && depth == 1);
    if (first == '{' || first == '[') ++depth;
    if (first == '}' || first == ']') --depth;
    at += is_in_entry ? AppendPart(entries.back(), text.substr(at)) : 1;
  }
  return entries;
}

Status CheckSize(uint64_t nbytes, uint64_t max_nbytes) {
  if (nbytes <= max_nbytes) return {};
  return Status(Reason::kLimit, std::to_string(nbytes) + " bytes of statistics, at most " +
                                    std::to_string(max_nbytes) + " are read");
}

}  // namespace

Result<StatsHistory> StatsHistory::Parse(std::string_view text, uint64_t max_nbytes) {
  CAIRN_RETURN_IF_ERROR(CheckSize(text.size(), max_nbytes));
  EntryReader reader;
  CAIRN_RETURN_IF_ERROR(ParseJson(WithoutBareWords(text), reader));
  CAIRN_RETURN_IF_ERROR(reader.error());
  std::vector<std::string> texts = SplitEntries(text);
  StatsHistory history;
  for (size_t i = 0; i < texts.size(); ++i) {
    const EntryNumbers& numbers = reader.entries()[i];
    history.entries_.push_back({std::move(texts[i]), numbers.epoch, numbers.step});
  }
  return history;
}

std::string StatsHistory::Format() const {
  std::string text = "[";
  for (const Entry& entry : entries_) {
    if (text.size() > 1) text += ", ";
    text += entry.text;
  }
  return text + "]";
}

void StatsHistory::Append(std::span<const Scalar> scalars, int64_t epoch, int64_t step) {
  std::string text = "{";
  for (const Scalar& scalar : scalars) {
    if (scalar.name == kEpochKey || scalar.name == kStepKey) continue;
    text += PythonString(scalar.name) + ": " + PythonNumber(scalar.value) + ", ";
  }
  text += PythonString(kEpochKey) + ": " + std::to_string(epoch) + ", ";
  text += PythonString(kStepKey) + ": " + std::to_string(step) + "}";
  entries_.push_back({std::move(text), epoch, step});
}

void StatsHistory::CutAfter(int64_t step) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].step && *entries_[i].step > step) return entries_.resize(i);
  }
}

std::optional<int64_t> StatsHistory::last_epoch() const {
  return entries_.empty() ? std::nullopt : entries_.back().epoch;
}

std::optional<int64_t> StatsHistory::last_step() const {
  return entries_.empty() ? std::nullopt : entries_.back().step;
}

Result<StatsHistory> ReadStatsFile(FileSystem& fs, const std::string& directory) {
  const std::string path = JoinPath(directory, kStatsFileName);
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  CAIRN_RETURN_IF_ERROR(CheckSize(file->size(), kMaxStatsNbytes).AtPath(path));
  std::string text(file->size(), '\0');
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return StatsHistory::Parse(text).AtPath(path);
}

Status WriteStatsFile(FileSystem& fs, const std::string& directory, const StatsHistory& stats) {
  const std::string text = stats.Format();
  DurableFiles files(fs, IfExists::kReplace, Durability::kNone);
  CAIRN_RETURN_IF_ERROR(files.Add(JoinPath(directory, kStatsFileName), text.size()));
  CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, AsBytes(text)));
  return files.Commit();
}

}  // namespace cairn
