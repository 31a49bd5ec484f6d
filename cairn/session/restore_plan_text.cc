#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/session/restore_plan.h"

namespace cairn {
namespace {

constexpr std::array kMatches = {Match::kMatched,    Match::kCast,          Match::kReshaped,
                                 Match::kPartial,    Match::kOverwritten,   Match::kMissing,
                                 Match::kUnexpected, Match::kTrainingState, Match::kIgnored,
                                 Match::kMismatched};
constexpr size_t kMatchWidth = 14;    // of "training state"
constexpr size_t kMaxNameWidth = 48;  // longer names push their own line only
constexpr size_t kMinNameWidth = 16;

bool StartsCodePoint(char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }

// Returns the number of code points in `text`, which is valid UTF-8.
size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, StartsCodePoint));
}

// The first `count` code points of `text`.
std::string_view Head(std::string_view text, size_t count) {
  size_t end = 0;
  while (end < text.size() && (!StartsCodePoint(text[end]) || count-- > 0)) ++end;
  return text.substr(0, end);
}

// The last `count` code points of `text`.
std::string_view Tail(std::string_view text, size_t count) {
  const size_t width = WidthOf(text);
  return count >= width ? text : text.substr(Head(text, width - count).size());
}

// "conv1/…/kernel": names differ at their ends more often than in the middle.
std::string WithoutMiddle(const std::string& text, size_t width) {
  if (WidthOf(text) <= width) return text;
  const size_t tail = width / 2;
  return std::string(Head(text, width - tail - 1)) + "…" + std::string(Tail(text, tail));
}

std::string Padded(std::string text, size_t width) {
  const size_t used = WidthOf(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

std::string CutTo(size_t columns, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  if (columns == 0 || WidthOf(line) <= columns) return line;
  return std::string(Head(line, columns - 1)) + "…";
}

// Lays the items of a plan out in columns.
class PlanTable {
 public:
  PlanTable(const RestorePlan& plan, size_t columns)
      : plan_(plan), columns_(columns), name_width_(NameWidth()) {}

  std::string Line(const RestoreItem& item) const {
    std::string name = Escape(item.name);
    if (columns_ > 0) name = WithoutMiddle(name, name_width_);
    std::string line = Padded(std::string(Name(item.match)), kMatchWidth) + "  ";
    line += Padded(std::move(name), name_width_) + "  " + item.detail;
    const std::string& source = plan_.sources[item.source].name;
    if (plan_.sources.size() > 1 && item.entry && !source.empty()) line += ", in " + Escape(source);
    if (!item.did_you_mean.empty()) line += ", " + DidYouMean(item.did_you_mean);
    return CutTo(columns_, std::move(line)) + "\n";
  }

 private:
  size_t NameWidth() const {
    size_t width = 0;
    for (const RestoreItem& item : plan_.items) width = std::max(width, WidthOf(Escape(item.name)));
    width = std::min(width, kMaxNameWidth);
    return columns_ == 0 ? width : std::min(width, std::max(kMinNameWidth, columns_ / 2));
  }

  const RestorePlan& plan_;
  size_t columns_;
  size_t name_width_;
};

std::string Counts(const RestorePlan& plan) {
  std::string text;
  for (const Match match : kMatches) {
    const size_t count = plan.Count(match);
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text.append(std::to_string(count)).append(" ").append(Name(match));
  }
  return (text.empty() ? "no variables, no entries" : text) + "\n";
}

}  // namespace

std::string_view Name(Match match) {
  switch (match) {
    case Match::kMatched:
      return "matched";
    case Match::kCast:
      return "cast";
    case Match::kReshaped:
      return "reshaped";
    case Match::kPartial:
      return "partial";
    case Match::kOverwritten:
      return "overwritten";
    case Match::kMissing:
      return "missing";
    case Match::kUnexpected:
      return "unexpected";
    case Match::kTrainingState:
      return "training_state";
    case Match::kIgnored:
      return "ignored";
    case Match::kMismatched:
      return "mismatched";
  }
  return "";
}

std::string RestorePlan::ToString(size_t columns) const {
  std::string text;
  for (const RestoreSource& source : sources) {
    if (!source.note.empty()) text += source.note + "\n";
  }
  const PlanTable table(*this, columns);
  for (const RestoreItem& item : items) text += table.Line(item);
  text += Counts(*this);
  for (const std::string& warning : warnings) text += CutTo(columns, "warning: " + warning) + "\n";
  if (acceptable.ok()) return text;
  text.append("cannot be applied: ").append(acceptable.message()).append("\n");
  if (!acceptable.hint().empty()) text.append("hint: ").append(acceptable.hint()).append("\n");
  return text;
}

}  // namespace cairn
