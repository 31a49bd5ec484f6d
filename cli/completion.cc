#include "cli/completion.h"

namespace cairn::cli {
namespace {

// Both names of "-h,--help", each with a space before it.
std::string SpacedNames(const Option& option) {
  const size_t comma = option.names.find(',');
  if (comma == option.names.npos) return " " + std::string(option.names);
  return " " + std::string(option.names.substr(0, comma)) + " " +
         std::string(option.names.substr(comma + 1));
}

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::string NamesOf(const VerbOptions& verb) {
  std::string names;
  for (const Option& option : verb.options) {
    if (!option.is_place()) names += SpacedNames(option);
  }
  return names.substr(names.empty() ? 0 : 1);
}

std::string VerbNames(const std::vector<VerbOptions>& verbs) {
  std::string names;
  for (const VerbOptions& verb : verbs) names.append(names.empty() ? "" : " ").append(verb.name);
  return names;
}

// A place that takes one of a few words, if the verb has one.
std::string PlaceWords(const VerbOptions& verb) {
  for (const Option& option : verb.options) {
    if (option.is_place() && !option.choices.empty()) return Joined(option.choices);
  }
  return "";
}

// Inside single quotes of any of the three shells.
std::string ForQuotes(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted;
}

// Options whose values are words, by verb: the lists are the same for all but for few.
std::string BashValueCases(const std::vector<VerbOptions>& verbs) {
  std::string cases;
  for (const Option& option : verbs.front().options) {
    if (option.is_place() || option.choices.empty()) continue;
    cases += "    " + std::string(option.names) + ")\n      COMPREPLY=($(compgen -W '" +
             Joined(option.choices) + "' -- \"$current\"))\n      return ;;\n";
  }
  return cases;
}

// In a zsh option specification brackets and colons have a meaning.
std::string ForZsh(std::string_view text) {
  std::string out;
  for (const char c : ForQuotes(text)) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

std::string ZshSpec(const Option& option) {
  const std::string help = "[" + ForZsh(option.help) + "]";
  if (option.is_place()) {
    const std::string action =
        option.choices.empty() ? "_files" : "(" + Joined(option.choices) + ")";
    return std::string("'") + (option.is_list() ? "*" : "") + ":" + std::string(option.names) +
           ":" + action + "'";
  }
  const std::string value = option.is_flag()         ? ""
                            : option.choices.empty() ? ":" + std::string(option.value) + ":"
                                                     : ":" + std::string(option.value) + ":(" +
                                                           Joined(option.choices) + ")";
  std::string specs;
  const size_t comma = option.names.find(',');
  if (comma != option.names.npos)
    specs = "'" + std::string(option.names.substr(0, comma)) + help + value + "' ";
  return specs + "'" + std::string(option.long_name()) + help + value + "'";
}

std::string FishOption(std::string_view verb, const Option& option) {
  std::string line = "complete -c cairn -n '__fish_seen_subcommand_from " + std::string(verb) + "'";
  if (option.is_place()) return line + " -f -a '" + Joined(option.choices) + "'\n";
  if (option.names.find(',') != option.names.npos)
    line += " -s " + std::string(option.names.substr(1, 1));
  line += " -l " + std::string(option.long_name().substr(2));
  if (!option.choices.empty()) line += " -x -a '" + Joined(option.choices) + "'";
  if (!option.is_flag() && option.choices.empty()) line += " -x";
  return line + " -d '" + ForQuotes(option.help) + "'\n";
}

}  // namespace

std::string BashCompletion(const std::vector<VerbOptions>& verbs) {
  std::string text =
      "# bash completion of cairn; load it with: source <(cairn completion bash)\n"
      "_cairn() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local options= words=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '" +
      VerbNames(verbs) +
      " --help --version' -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"$previous\" in\n" +
      BashValueCases(verbs) +
      "  esac\n"
      "  case \"${COMP_WORDS[1]}\" in\n";
  for (const VerbOptions& verb : verbs) {
    text += "    " + std::string(verb.name) + ") options='" + NamesOf(verb) + "'";
    if (const std::string words = PlaceWords(verb); !words.empty())
      text += " words='" + words + "'";
    text += " ;;\n";
  }
  // A PATH has no list of words here. If the function offers nothing, `-o default` makes bash
  // complete the names of files.
  return text +
         "  esac\n"
         "  if [[ \"$current\" == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  elif [ -n \"$words\" ]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -o bashdefault -o default -F _cairn cairn\n";
}

std::string ZshCompletion(const std::vector<VerbOptions>& verbs) {
  std::string text =
      "#compdef cairn\n"
      "# zsh completion of cairn; put it as _cairn into a directory of $fpath\n"
      "_cairn() {\n"
      "  local -a verbs\n"
      "  verbs=(\n";
  for (const VerbOptions& verb : verbs)
    text += "    '" + std::string(verb.name) + ":" + ForQuotes(verb.summary) + "'\n";
  // _arguments takes the first word for the command and completes what follows. The script drops
  // `cairn`, so that the verb becomes that word.
  text +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe 'verb' verbs\n"
      "    return\n"
      "  fi\n"
      "  local verb=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $verb in\n";
  for (const VerbOptions& verb : verbs) {
    text += "    " + std::string(verb.name) + ") _arguments -s";
    for (const Option& option : verb.options) text += " \\\n      " + ZshSpec(option);
    text += " ;;\n";
  }
  return text + "  esac\n}\ncompdef _cairn cairn\n";
}

std::string FishCompletion(const std::vector<VerbOptions>& verbs) {
  std::string text =
      "# fish completion of cairn; load it with: cairn completion fish | source\n"
      "complete -c cairn -n __fish_use_subcommand -l help -d 'this text'\n"
      "complete -c cairn -n __fish_use_subcommand -l version -d 'version, formats, engines'\n";
  for (const VerbOptions& verb : verbs) {
    text += "complete -c cairn -f -n __fish_use_subcommand -a " + std::string(verb.name) + " -d '" +
            ForQuotes(verb.summary) + "'\n";
    for (const Option& option : verb.options) {
      if (!option.is_place() || !option.choices.empty()) text += FishOption(verb.name, option);
    }
  }
  return text;
}

}  // namespace cairn::cli
