#include "cli/help.h"

#include <algorithm>

#include "cairn/checkpoint/formats.h"
#include "cairn/version.h"
#include "cli/making_options.h"
#include "cli/print/columns.h"

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

constexpr size_t kColumns = 80;

// Appends `words` in lines; those after the first begin with `indent` spaces.
void AppendWrapped(std::string& text, std::string_view words, size_t indent) {
  text.append(TakeLine(words, kColumns - indent)).append("\n");
  while (!words.empty())
    text.append(indent, ' ').append(TakeLine(words, kColumns - indent)).append("\n");
}

struct Row {
  std::string left;
  std::string_view right;
};

void AppendRows(std::string& text, const std::vector<Row>& rows) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, WidthOf(row.left));
  for (const Row& row : rows) {
    text.append("  ").append(row.left).append(width - WidthOf(row.left) + 2, ' ');
    AppendWrapped(text, row.right, width + 4);
  }
}

}  // namespace

// Some of the options that `cairn help making` tells and this help does not: "--sub, --names".
std::string SomeOfMaking(const std::vector<Option>& options) {
  constexpr std::string_view kBest[] = {"--dtype", "--slice", "--link",
                                        "--sub",   "--names", "--rows"};
  std::string text;
  int num_named = 0;
  for (const std::string_view name : kBest) {
    const auto found = std::ranges::find(options, name, &Option::names);
    if (found == options.end() || !found->is_of_making) continue;
    if (num_named++ == 3) break;
    text.append(text.empty() ? "" : ", ").append(name);
  }
  return text;
}

std::string HelpOf(Command& command, const std::vector<Option>& options) {
  std::string text = "Usage: cairn " + std::string(command.name());
  std::vector<Row> rows;
  for (const Option& option : options) {
    if (!option.is_place()) continue;
    text += " " + PlaceText(option);
    rows.push_back({std::string(option.names), option.help});
  }
  for (const Option& option : options) {
    if (!option.is_place() && !option.is_common && !option.is_of_making)
      rows.push_back({OptionText(option), option.help});
  }
  text.append(" [options]\n");
  AppendWrapped(text, command.summary(), 0);
  text.append("\n");
  AppendRows(text, rows);
  if (const std::string some = SomeOfMaking(options); !some.empty())
    AppendWrapped(text, "More, such as " + some + ": cairn help making", 0);
  return text.append("\nExamples:\n").append(command.examples());
}

std::string HelpOfMaking() {
  std::string text;
  AppendWrapped(
      text,
      "Options of convert, prune, merge, average, add and subtract. Tensors are selected, "
      "renamed, then changed in the order of this list; what is read is checked, whatever "
      "is made of it.",
      0);
  text += "\n";
  MakingOptions making;
  const std::vector<Option> options = making.options();
  std::vector<Row> rows;
  for (const Option& option : options) rows.push_back({OptionText(option), option.help});
  AppendRows(text, rows);
  return text;
}

std::string HelpOfProgram(std::span<const std::unique_ptr<Command>> commands) {
  std::string text =
      "Usage: cairn VERB [options] PATH…\n"
      "Looks into, checks and makes model checkpoints, without TensorFlow.\n\n";
  std::vector<Row> rows;
  for (const auto& command : commands)
    rows.push_back({std::string(command->name()), command->summary()});
  AppendRows(text, rows);
  text += "\n";
  AppendWrapped(text,
                "A PATH is a prefix, any file of a checkpoint, or a directory. `cairn VERB --help` "
                "says more. Every verb has --color (auto, always, never; auto honours NO_COLOR) "
                "and --progress (auto: a bar on a terminal; plain: lines; none), also before the "
                "verb. `cairn --version` names the version and the formats. Exit codes: 0 done, 1 "
                "a finding (differences, damage, nothing matched), 2 trouble.",
                0);
  return text;
}

std::string VersionText() {
  std::string text = "cairn " CAIRN_VERSION_STRING "\nformats:";
  for (const Format& format : Formats()) text.append(" ").append(format.name);
  return text + "\nengines: tensorflow\n";
}

}  // namespace cairn::cli
