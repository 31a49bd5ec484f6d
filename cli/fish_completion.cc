#include "cli/completion.h"
#include "cli/completion_words.h"

namespace cairn::cli {
namespace {

std::string FishCondition(std::string_view verb) {
  return "complete -c cairn -n '__fish_seen_subcommand_from " + std::string(verb);
}

std::string FishPlace(std::string_view verb, const Option& option) {
  if (option.is_tensor_name)
    return FishCondition(verb) +
           "; and string length -q -- (__cairn_path)' -f -a '(__cairn_names)'\n";
  if (option.choices.empty()) return "";
  return FishCondition(verb) + "' -f -a '" + JoinedWords(option.choices) + "'\n";
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
    line += " -x -a '" + JoinedWords(option.choices) + "'";
  else if (!option.is_flag())
    line += TakesFile(option) ? " -r -F" : " -x";
  return line + " -d '" + ForSingleQuotes(option.help) + "'\n";
}

// Every option of any verb that takes a value.
std::string AllNamesWithValue(const std::vector<VerbOptions>& verbs) {
  std::string names;
  for (const VerbOptions& verb : verbs) names += OptionNamesWithValue(verb.options);
  return names;
}

}  // namespace

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
            ForSingleQuotes(verb.summary) + "'\n";
    for (const Option& option : verb.options)
      text += option.is_place() ? FishPlace(verb.name, option)
                                : FishOption(FishCondition(verb.name) + "'", option);
  }
  return text;
}

}  // namespace cairn::cli
