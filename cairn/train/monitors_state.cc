#include "cairn/train/monitors_state.h"

#include <array>
#include <charconv>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kNew = "new";
constexpr std::string_view kOld = "old";
constexpr std::string_view kEarlier = "earlier";

std::string ExactNumber(double value) {
  std::array<char, 32> buffer;
  return std::string(buffer.data(),
                     std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

void AppendValue(std::string& text, std::string_view kind, const MonitorsState::Value& value) {
  text.append(kind) += " " + std::to_string(value.step) + " " + ExactNumber(value.value) + " ";
  text += Escape(value.name) + "\n";
}

// Takes the text before `end` off `text`, or all of it.
std::string_view Take(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

template <typename T>
bool ParseWhole(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// False: the line is neither one of a value nor one of a file.
bool ParseLine(std::string_view line, MonitorsState& state) {
  const std::string_view kind = Take(line, ' ');
  if (kind != kNew && kind != kOld && kind != kEarlier) return false;
  MonitorsState::Value value;
  if (kind != kEarlier &&
      (!ParseWhole(Take(line, ' '), value.step) || !ParseWhole(Take(line, ' '), value.value)))
    return false;
  std::optional<std::string> name = Unescape(line);
  if (!name) return false;
  if (kind == kEarlier) return state.earlier_event_files.insert(*std::move(name)).second;
  value.name = *std::move(name);
  (kind == kNew ? state.new_values : state.old_values).push_back(std::move(value));
  return true;
}

Status BadLine(size_t number, std::string_view expected, std::string_view found) {
  return Status(Reason::kFormat, "line " + std::to_string(number) + ": " + std::string(expected) +
                                     " expected, found " + Quoted(found));
}

}  // namespace

std::string FormatMonitorsState(const MonitorsState& state) {
  std::string text = std::string(kVersion) + "\n" + state.stats.Format() + "\n" +
                     std::to_string(state.num_events) + "\n";
  for (const MonitorsState::Value& value : state.new_values) AppendValue(text, kNew, value);
  for (const MonitorsState::Value& value : state.old_values) AppendValue(text, kOld, value);
  for (const std::string& file : state.earlier_event_files)
    text.append(kEarlier) += " " + Escape(file) + "\n";
  return text;
}

Result<MonitorsState> ParseMonitorsState(std::string_view text) {
  MonitorsState state;
  const std::string_view version = Take(text, '\n');
  if (version != kVersion)
    return Status(Reason::kVersion, "is of version " + Quoted(version) + ", only 1 is understood");
  // No limit: the checkpoint was verified, and without its statistics the run could not go on.
  CAIRN_ASSIGN_OR_RETURN(state.stats,
                         StatsHistory::Parse(Take(text, '\n'), UINT64_MAX).In("line 2"));
  const std::string_view count = Take(text, '\n');
  if (!ParseWhole(count, state.num_events)) return BadLine(3, "a number of events", count);
  for (size_t number = 4; !text.empty(); ++number) {
    const std::string_view line = Take(text, '\n');
    if (!ParseLine(line, state)) return BadLine(number, "a value or a file", line);
  }
  return state;
}

}  // namespace cairn
