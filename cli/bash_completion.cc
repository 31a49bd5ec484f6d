#include "cli/completion.h"
#include "cli/completion_words.h"

namespace cairn::cli {
namespace {

std::string BashValueCase(std::string_view verb, const Option& option) {
  std::string action;
  if (option.is_tensor_name)
    action = "_cairn_names \"$path\"";
  else if (!option.choices.empty())
    action = "COMPREPLY=($(compgen -W '" + JoinedWords(option.choices) + "' -- \"$current\"))";
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
    cases += "        " + std::string(verb.name) + ") options='" + OptionNames(verb.options) +
             "' valued='" + OptionNamesWithValue(verb.options) + " '";
    if (const std::string words = PlaceWords(verb); !words.empty())
      cases += " words='" + words + "'";
    if (TakesTensors(verb)) cases += " takes_tensors=1";
    cases += " ;;\n";
  }
  return cases;
}

// Completes names of tensors. `before` is the part of the present word that bash leaves as it is:
// a reply stands for the rest alone. Inside quotes a reply must have none of its own.
constexpr std::string_view kBashNames =
    "_cairn_names() {\n"
    "  [ -n \"$1\" ] || return\n"
    "  local path plain kept name quoted\n"
    "  IFS= read path <<< \"$1\"\n"  // without -r it takes backslashes away
    "  IFS= read plain <<< \"$current\"\n"
    "  IFS= read kept <<< \"$before\"\n"
    "  [[ \"$current\" == [\\'\\\"]* ]] && plain=\"${current:1}\"\n"
    "  while IFS= read -r name; do\n"
    "    [[ \"$name\" == \"$plain\"* ]] || continue\n"
    "    name=\"${name#\"$kept\"}\"\n"
    "    printf -v quoted %q \"$name\"\n"
    "    [[ \"$current\" == [\\'\\\"]* ]] && quoted=\"$name\"\n"
    "    COMPREPLY+=(\"$quoted\")\n"
    "  done < <(\"${COMP_WORDS[0]}\" completion bash --names \"${path/#\\~/$HOME}\" 2>/dev/null)\n"
    "}\n";

// Puts together what bash splits at ':', '=' and '@' although no space stands there, such as
// `--color=always` and `fc/W:0`, which come as three words each. COMP_LINE tells where spaces are.
constexpr std::string_view kBashWords =
    "  local -a typed=()\n"
    "  local line=\"$COMP_LINE\" piece= last= before= n=0\n"
    "  for ((i = 0; i <= COMP_CWORD; ++i)); do\n"
    "    last=\"$piece\" piece=\"${COMP_WORDS[i]}\"\n"
    "    if [[ n -gt 0 && \"$line\" != [[:space:]]* && \"$last$piece\" == *[:=@]* &&\n"
    "          ( -z \"${piece//[:=@]/}\" || -z \"${last//[:=@]/}\" ) ]]; then\n"
    "      before=\"${typed[n-1]}\"\n"
    "      typed[n-1]+=\"$piece\"\n"
    "      [ -n \"${piece//[:=@]/}\" ] || before=\"${typed[n-1]}\"\n"
    "    else\n"
    "      before=\n"
    "      typed[n++]=\"$piece\"\n"
    "    fi\n"
    "    line=\"${line#*\"$piece\"}\"\n"
    "  done\n"
    "  local current=\"${typed[n-1]}\" option=\"${typed[n-2]}\"\n"
    "  if [[ \"$current\" == --*=* ]]; then\n"
    "    option=\"${current%%=*}\"\n"
    "    current=\"${current#*=}\"\n"
    "    before=\"${before#\"$option=\"}\"\n"
    "  fi\n";

}  // namespace

std::string BashCompletion(const std::vector<VerbOptions>& verbs) {
  const std::vector<Option> common = CommonOptionsOf(verbs);
  // A PATH has no list of words here. If the function offers nothing, `-o default` makes bash
  // complete the names of files.
  return "# bash completion of cairn; load it with: source <(cairn completion bash)\n" +
         std::string(kBashNames) +
         "_cairn() {\n"
         "  local verb= path= words= takes_tensors= i word\n"
         "  local options='" +
         OptionNames(common) + " -V --version' valued='" + OptionNamesWithValue(common) +
         " '\n"
         "  COMPREPLY=()\n" +
         std::string(kBashWords) +
         "  for ((i = 1; i < n - 1; ++i)); do\n"
         "    word=\"${typed[i]}\"\n"
         "    if [[ \"$word\" == -* ]]; then\n"
         "      [[ \"$valued\" == *\" $word \"* ]] && ((++i))\n"
         "    elif [ -z \"$verb\" ]; then\n"
         "      verb=\"$word\"\n"
         "      case \"$verb\" in\n" +
         BashVerbCases(verbs) +
         "      esac\n"
         "    elif [ -z \"$path\" ]; then\n"
         "      path=\"$word\"\n"
         "    fi\n"
         "  done\n"
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

}  // namespace cairn::cli
