#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/session/restore_plan.h"

namespace cairn {
namespace {

constexpr std::array kMatches = {Match::kMatched, Match::kMissing, Match::kUnexpected,
                                 Match::kIgnored, Match::kMismatched};
constexpr size_t kMaxNameWidth = 48;  // longer names push their own line only

// Returns the number of code points in `text`, which is valid UTF-8.
size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

std::string Padded(std::string text, size_t width) {
  const size_t used = WidthOf(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

size_t NameWidth(const std::vector<RestoreItem>& items) {
  size_t width = 0;
  for (const RestoreItem& item : items) width = std::max(width, WidthOf(Escape(item.name)));
  return std::min(width, kMaxNameWidth);
}

std::string Line(const RestoreItem& item, size_t name_width) {
  std::string line = Padded(std::string(Name(item.match)), 10) + "  ";
  line += Padded(Escape(item.name), name_width) + "  " + item.detail;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

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
    case Match::kMissing:
      return "missing";
    case Match::kUnexpected:
      return "unexpected";
    case Match::kIgnored:
      return "ignored";
    case Match::kMismatched:
      return "mismatched";
  }
  return "";
}

std::string_view Name(Origin origin) {
  return origin == Origin::kCheckpoint ? "checkpoint" : "dict";
}

size_t RestorePlan::Count(Match match) const {
  return static_cast<size_t>(std::ranges::count(items, match, &RestoreItem::match));
}

std::string RestorePlan::ToString() const {
  std::string text = note.empty() ? "" : note + "\n";
  const size_t name_width = NameWidth(items);
  for (const RestoreItem& item : items) text += Line(item, name_width);
  text += Counts(*this);
  for (const std::string& warning : warnings) text += "warning: " + warning + "\n";
  if (acceptable.ok()) return text;
  text.append("cannot be applied: ").append(acceptable.message()).append("\n");
  if (!acceptable.hint().empty()) text.append("hint: ").append(acceptable.hint()).append("\n");
  return text;
}

}  // namespace cairn
