// Lists of words that the completion scripts of all shells have.
#ifndef CAIRN_CLI_COMPLETION_WORDS_H_
#define CAIRN_CLI_COMPLETION_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/completion.h"

namespace cairn::cli {

// Joins words by spaces.
std::string JoinedWords(const std::vector<std::string_view>& words);

// Returns " --exclude -l --long": the names of all options, or of those that take a value, each
// with a space before it.
std::string OptionNames(const std::vector<Option>& options);
std::string OptionNamesWithValue(const std::vector<Option>& options);

// Returns the names of the verbs, joined by spaces.
std::string VerbNames(const std::vector<VerbOptions>& verbs);

// Returns the options that may stand before the verb, too.
std::vector<Option> CommonOptionsOf(const std::vector<VerbOptions>& verbs);

// Returns the words of a place that takes one of a few, if the verb has such a place.
std::string PlaceWords(const VerbOptions& verb);

// Whether the places after the first are names of its tensors.
bool TakesTensors(const VerbOptions& verb);

// Whether the value of an option is the name of a file.
bool TakesFile(const Option& option);

// Returns `text` as it stands inside single quotes of any of the three shells.
std::string ForSingleQuotes(std::string_view text);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_COMPLETION_WORDS_H_
