#include "cli/completion.h"

#include <algorithm>

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

// " --exclude --sort": the names of the options that are `wanted`, each with a space before it.
template <typename Predicate>
std::string NamesOf(const std::vector<Option>& options, Predicate is_wanted) {
  std::string names;
  for (const Option& option : options) {
    if (!option.is_place() && is_wanted(option)) names += SpacedNames(option);
  }
  return names;
}

std::string AllNames(const std::vector<Option>& options) {
  return NamesOf(options, [](const Option&) { return true; });
}

std::string NamesWithValue(const std::vector<Option>& options) {
  return NamesOf(options, [](const Option& option) { return !option.is_flag(); });
}

std::string VerbNames(const std::vector<VerbOptions>& verbs) {
  std::string names;
  for (const VerbOptions& verb : verbs) names.append(names.empty() ? "" : " ").append(verb.name);
  return names;
}

// Returns the options that may stand before the verb, too.
std::vector<Option> CommonOptionsOf(const std::vector<VerbOptions>& verbs) {
  std::vector<Option> common;
  for (const Option& option : verbs.front().options) {
    if (option.is_common) common.push_back(option);
  }
  return common;
}

// A place that takes one of a few words, if the verb has one.
std::string PlaceWords(const VerbOptions& verb) {
  for (const Option& option : verb.options) {
    if (option.is_place() && !option.choices.empty()) return Joined(option.choices);
  }
  return "";
}

// Whether the places after the first are names of its tensors.
bool TakesTensors(const VerbOptions& verb) {
  return std::ranges::any_of(verb.options, [](const Option& option) {
    return option.is_place() && option.is_tensor_name;
  });
}

bool TakesFile(const Option& option) { return option.value == "PATH" || option.value == "FILE"; }

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

std::string BashValueCase(std::string_view verb, const Option& option) {
  std::string action;
  if (option.is_tensor_name)
    action = "_cairn_names \"$path\"";
  else if (!option.choices.empty())
    action = "COMPREPLY=($(compgen -W '" + Joined(option.choices) + "' -- \"$current\"))";
  else
    return "";
  return "    '" + std::string(verb) + " " + std::string(option.long_name()) + "')\n      " +
         action + "\n      return ;;\n";
}

// The values of options: words, or names of tensors. The common ones are the same for every verb,
// and before it.
std::string BashValueCases(const std::vector<VerbOptions>& verbs) {
  std::string cases;
  for (const Option& option : CommonOptionsOf(verbs)) cases += BashValueCase("", option);
  for (const VerbOptions& verb : verbs) {
    for (const Option& option : verb.options) {
      if (!option.is_place()) cases += BashValueCase(verb.name, option);
    }
  }
  return cases;
}

std::string BashVerbCases(const std::vector<VerbOptions>& verbs) {
  std::string cases;
  for (const VerbOptions& verb : verbs) {
    cases += "        " + std::string(verb.name) + ") options='" + AllNames(verb.options) +
             "' valued='" + NamesWithValue(verb.options) + " '";
    if (const std::string words = PlaceWords(verb); !words.empty())
      cases += " words='" + words + "'";
    if (TakesTensors(verb)) cases += " takes_tensors=1";
    cases += " ;;\n";
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

// Returns the zsh action that completes a value or a place.
std::string ZshAction(const Option& option) {
  if (option.is_tensor_name) return "_cairn_names";
  if (!option.choices.empty()) return "(" + Joined(option.choices) + ")";
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

std::string FishCondition(std::string_view verb) {
  return "complete -c cairn -n '__fish_seen_subcommand_from " + std::string(verb);
}

std::string FishPlace(std::string_view verb, const Option& option) {
  if (option.is_tensor_name)
    return FishCondition(verb) +
           "; and string length -q -- (__cairn_path)' -f -a '(__cairn_names)'\n";
  if (option.choices.empty()) return "";
  return FishCondition(verb) + "' -f -a '" + Joined(option.choices) + "'\n";
}

// `begin` is the command up to its condition.
std::string FishOption(const std::string& begin, const Option& option) {
  std::string line = begin;
  if (option.names.find(',') != option.names.npos)
    line += " -s " + std::string(option.names.substr(1, 1));
  line += " -l " + std::string(option.long_name().substr(2));
  if (option.is_tensor_name)
    line += " -x -a '(__cairn_names)'";
  else if (!option.choices.empty())
    line += " -x -a '" + Joined(option.choices) + "'";
  else if (!option.is_flag())
    line += TakesFile(option) ? " -r -F" : " -x";
  return line + " -d '" + ForQuotes(option.help) + "'\n";
}

// Every option of any verb that takes a value.
std::string AllNamesWithValue(const std::vector<VerbOptions>& verbs) {
  std::string names;
  for (const VerbOptions& verb : verbs) names += NamesWithValue(verb.options);
  return names;
}

}  // namespace

std::string BashCompletion(const std::vector<VerbOptions>& verbs) {
  const std::vector<Option> common = CommonOptionsOf(verbs);
  // A PATH has no list of words here. If the function offers nothing, `-o default` makes bash
  // complete the names of files. Bash splits `--color=x` into three words.
  return "# bash completion of cairn; load it with: source <(cairn completion bash)\n"
         "_cairn_names() {\n"
         "  [ -n \"$1\" ] || return\n"
         "  local name quoted\n"
         "  while IFS= read -r name; do\n"
         "    [[ \"$name\" == \"$current\"* ]] || continue\n"
         "    printf -v quoted %q \"$name\"\n"
         "    COMPREPLY+=(\"$quoted\")\n"
         "  done < <(\"${COMP_WORDS[0]}\" completion bash --names \"${1/#\\~/$HOME}\" "
         "2>/dev/null)\n"
         "}\n"
         "_cairn() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" option=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local verb= path= words= takes_tensors= i word\n"
         "  local options='" +
         AllNames(common) + " -h --help -V --version' valued='" + NamesWithValue(common) +
         " '\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    if [[ \"$word\" == '=' ]]; then\n"
         "      ((++i))\n"
         "    elif [[ \"$word\" == -* ]]; then\n"
         "      [[ \"$valued\" == *\" $word \"* && \"${COMP_WORDS[i+1]}\" != '=' ]] && ((++i))\n"
         "    elif [ -z \"$verb\" ]; then\n"
         "      verb=\"$word\"\n"
         "      case \"$verb\" in\n" +
         BashVerbCases(verbs) +
         "      esac\n"
         "    elif [ -z \"$path\" ]; then\n"
         "      path=\"$word\"\n"
         "    fi\n"
         "  done\n"
         "  if [[ \"$current\" == '=' ]]; then\n"
         "    current=\n"
         "  elif [[ \"$option\" == '=' ]]; then\n"
         "    option=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
         "  fi\n"
         "  case \"$verb $option\" in\n" +
         BashValueCases(verbs) +
         "  esac\n"
         "  if [[ \"$current\" == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  elif [ -z \"$verb\" ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         VerbNames(verbs) +
         "' -- \"$current\"))\n"
         "  elif [ -n \"$words\" ]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  elif [ -n \"$takes_tensors\" ]; then\n"
         "    _cairn_names \"$path\"\n"
         "  fi\n"
         "}\n"
         "complete -o bashdefault -o default -F _cairn cairn\n";
}

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
    text += "    '" + std::string(verb.name) + ":" + ForQuotes(verb.summary) + "'\n";
  // _arguments takes the first word for the command and completes what follows. The script drops
  // `cairn` and the options before the verb, so that the verb becomes that word.
  text +=
      "  )\n"
      "  local curcontext=\"$curcontext\" state line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C -S \\\n";
  for (const Option& option : CommonOptionsOf(verbs)) text += "    " + ZshSpec(option) + " \\\n";
  text +=
      "    '(- *)'{-h,--help}'[this text]' \\\n"
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

std::string FishCompletion(const std::vector<VerbOptions>& verbs) {
  const std::string before_verb = "complete -c cairn -n __fish_use_subcommand";
  std::string text =
      "# fish completion of cairn; load it with: cairn completion fish | source\n"
      "function __cairn_path -d 'prints the first place after the verb'\n"
      "    set -l valued" +
      AllNamesWithValue(verbs) +
      "\n"
      "    set -l words\n"
      "    set -l is_value 0\n"
      "    for word in (commandline -opc)[2..-1]\n"
      "        if test $is_value = 1\n"
      "            set is_value 0\n"
      "        else if string match -q -- '-*' $word\n"
      "            contains -- $word $valued; and set is_value 1\n"
      "        else\n"
      "            set -a words $word\n"
      "        end\n"
      "    end\n"
      "    echo $words[2]\n"
      "end\n"
      "function __cairn_names -d 'prints the names of the tensors of the first place'\n"
      "    set -l words (commandline -opc)\n"
      "    command $words[1] completion fish --names (__cairn_path) 2>/dev/null\n"
      "end\n" +
      before_verb + " -s h -l help -d 'this text'\n" + before_verb +
      " -s V -l version -d 'version, formats, engines'\n";
  for (const Option& option : CommonOptionsOf(verbs)) text += FishOption(before_verb, option);
  for (const VerbOptions& verb : verbs) {
    text += "complete -c cairn -f -n __fish_use_subcommand -a " + std::string(verb.name) + " -d '" +
            ForQuotes(verb.summary) + "'\n";
    for (const Option& option : verb.options)
      text += option.is_place() ? FishPlace(verb.name, option)
                                : FishOption(FishCondition(verb.name) + "'", option);
  }
  return text;
}

}  // namespace cairn::cli
