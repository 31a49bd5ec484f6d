#include "cli/help.h"

#include <algorithm>

#include "cairn/checkpoint/formats.h"
#include "cairn/version.h"

namespace cairn::cli {
namespace {

// "PATH", "[PATTERN…]"
std::string PlaceText(const Option& option) {
  std::string text(option.names);
  if (option.is_list()) text += "…";
  return option.is_required ? text : "[" + text + "]";
}

// "  -h, --help" or "      --edge N"
std::string OptionText(const Option& option) {
  const size_t comma = option.names.find(',');
  std::string text = comma == option.names.npos
                         ? "    " + std::string(option.names)
                         : std::string(option.names.substr(0, comma)) + ", " +
                               std::string(option.names.substr(comma + 1));
  if (!option.value.empty()) text.append(" ").append(option.value);
  return text;
}

struct Row {
  std::string left;
  std::string_view right;
};

void AppendRows(std::string& text, const std::vector<Row>& rows) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.left.size());
  for (const Row& row : rows) {
    text.append("  ").append(row.left);
    text.append(width - row.left.size() + 2, ' ').append(row.right).append("\n");
  }
}

}  // namespace

std::string HelpOf(Command& command, const std::vector<Option>& options) {
  std::string text = "Usage: cairn " + std::string(command.name());
  std::vector<Row> rows;
  for (const Option& option : options) {
    if (!option.is_place()) continue;
    text += " " + PlaceText(option);
    rows.push_back({std::string(option.names), option.help});
  }
  for (const Option& option : options) {
    if (!option.is_place() && !option.is_common) rows.push_back({OptionText(option), option.help});
  }
  text.append(" [options]\n").append(command.summary()).append("\n\n");
  AppendRows(text, rows);
  return text.append("\nExamples:\n").append(command.examples());
}

std::string HelpOfProgram(std::span<const std::unique_ptr<Command>> commands) {
  std::string text =
      "Usage: cairn VERB [options] PATH…\n"
      "Looks into, checks and makes model checkpoints, without TensorFlow.\n\n";
  std::vector<Row> rows;
  for (const auto& command : commands)
    rows.push_back({std::string(command->name()), command->summary()});
  AppendRows(text, rows);
  return text +
         "\nA PATH is a prefix, any file of a checkpoint, or a directory. `cairn VERB --help` "
         "says\n"
         "more. Every verb has --color (auto, always, never; auto honours NO_COLOR) and "
         "--progress\n"
         "(auto: a bar on a terminal; plain: lines; none). Exit codes: 0 done, 1 a finding "
         "(damage,\n"
         "nothing matched), 2 trouble.\n";
}

std::string VersionText() {
  std::string text = "cairn " CAIRN_VERSION_STRING "\nformats:";
  for (const Format& format : Formats()) text.append(" ").append(format.name);
  return text + "\nengines: none\n";
}

}  // namespace cairn::cli
