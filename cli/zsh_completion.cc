#include "cli/completion.h"
#include "cli/completion_words.h"

namespace cairn::cli {
namespace {

// In a zsh option specification brackets and colons have a meaning.
std::string ForZsh(std::string_view text) {
  std::string out;
  for (const char c : ForSingleQuotes(text)) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

// Returns the zsh action that completes a value or a place.
std::string ZshAction(const Option& option) {
  if (option.is_tensor_name) return "_cairn_names";
  if (!option.choices.empty()) return "(" + JoinedWords(option.choices) + ")";
  return option.is_place() || TakesFile(option) ? "_files" : "";
}

std::string ZshSpec(const Option& option) {
  if (option.is_place()) {
    return std::string("'") + (option.is_list() ? "*" : "") + ":" + std::string(option.names) +
           ":" + ZshAction(option) + "'";
  }
  const std::string help = "[" + ForZsh(option.help) + "]";
  const std::string value =
      option.is_flag() ? "" : ":" + std::string(option.value) + ":" + ZshAction(option);
  // A star lets an option be given again; the equals sign takes a value after it, too.
  const std::string repeat = option.is_list() ? "*" : "";
  std::string specs;
  const size_t comma = option.names.find(',');
  if (comma != option.names.npos)
    specs = "'" + repeat + std::string(option.names.substr(0, comma)) + help + value + "' ";
  const std::string equals = option.is_flag() ? "" : "=";
  return specs + "'" + repeat + std::string(option.long_name()) + equals + help + value + "'";
}

}  // namespace

std::string ZshCompletion(const std::vector<VerbOptions>& verbs) {
  std::string text =
      "#compdef cairn\n"
      "# zsh completion of cairn; put it as _cairn into a directory of $fpath\n"
      "_cairn_names() {\n"
      "  local -a names\n"
      "  names=(${(f)\"$($cairn completion zsh --names ${(Q)line[1]} 2>/dev/null)\"})\n"
      "  compadd -a names\n"
      "}\n"
      "_cairn() {\n"
      "  local cairn=$words[1]\n"
      "  local -a verbs\n"
      "  verbs=(\n";
  for (const VerbOptions& verb : verbs)
    text += "    '" + std::string(verb.name) + ":" + ForSingleQuotes(verb.summary) + "'\n";
  // _arguments takes the first word for the command and completes what follows. The script drops
  // `cairn` and the options before the verb, so that the verb becomes that word.
  text +=
      "  )\n"
      "  local curcontext=\"$curcontext\" state line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C -S \\\n";
  for (const Option& option : CommonOptionsOf(verbs)) text += "    " + ZshSpec(option) + " \\\n";
  text +=
      "    '(- *)'{-V,--version}'[version and formats]' \\\n"
      "    '1:verb:->verb' \\\n"
      "    '*::argument:->arguments' && return\n"
      "  case $state in\n"
      "  verb)\n"
      "    _describe 'verb' verbs\n"
      "    return ;;\n"
      "  esac\n"
      "  case $line[1] in\n";
  for (const VerbOptions& verb : verbs) {
    text += "  " + std::string(verb.name) + ") _arguments -s";
    for (const Option& option : verb.options) text += " \\\n      " + ZshSpec(option);
    text += " ;;\n";
  }
  // A file of $fpath is run as the function itself when it is loaded.
  return text +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _cairn ]]; then\n"
         "  _cairn \"$@\"\n"
         "else\n"
         "  compdef _cairn cairn\n"
         "fi\n";
}

}  // namespace cairn::cli
