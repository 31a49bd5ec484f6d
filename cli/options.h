// Describes once what a verb takes on the command line: parsed, shown by --help and completed by
// shells from the same list.
#ifndef CAIRN_CLI_OPTIONS_H_
#define CAIRN_CLI_OPTIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cairn/core/status.h"

namespace cairn::cli {

// Where a value goes: set where it was given, left alone otherwise.
using OptionTarget = std::variant<bool*,                     // a flag
                                  std::string*,              // a text
                                  std::optional<uint64_t>*,  // a number
                                  std::vector<std::string>*  // all that follow
                                  >;

struct Option {
  std::string_view names;  // "--long", "-h,--help"; without dashes a place on the line: "PATH"
  OptionTarget target;
  std::string_view help;
  std::string_view value = {};                 // what is to be given: "N"; "" for flags and places
  std::vector<std::string_view> choices = {};  // the only texts that are taken
  uint64_t least = 0;                          // of a number
  bool is_required = true;                     // of a place
  bool is_common = false;                      // every verb has it: `cairn --help` tells it
  bool is_of_making = false;                   // shared by making verbs: `cairn help making`
  bool is_tensor_name = false;                 // a name or pattern for tensors of the first place

  bool is_place() const { return !names.starts_with('-'); }
  bool is_flag() const { return std::holds_alternative<bool*>(target); }
  bool is_list() const { return std::holds_alternative<std::vector<std::string>*>(target); }
  // "--help": the last of its names.
  std::string_view long_name() const { return names.substr(names.rfind(',') + 1); }
  // 'h' of "-h,--help"; 0 for an option that has only a long name.
  char short_name() const { return names.size() > 2 && names[2] == ',' ? names[1] : '\0'; }
};

// Whether `arguments` contain the flag with this long name, whatever else is wrong with them: under
// that name, or under its short one, alone or joined with others ("-qh").
bool AsksFor(std::string_view flag, const std::vector<Option>& options,
             const std::vector<std::string>& arguments);

// Moves the arguments before the first text that is neither an option of `options` nor the value of
// one from the front of `arguments` into the result.
std::vector<std::string> TakeLeadingOptions(const std::vector<Option>& options,
                                            std::vector<std::string>& arguments);

// Fills the targets from `arguments`. After `--` everything is a place. Texts are taken as they
// are; no character has a meaning. Errors: kArgument: what is unknown (with the nearest name as
// hint), missing, given twice or not of its kind.
Status ParseArguments(const std::vector<Option>& options,
                      const std::vector<std::string>& arguments);

// The arguments from which ParseArguments would fill the targets of options as they are now, places
// left out: "--weights=3,1", "--take-last".
std::vector<std::string> ArgumentsOf(const std::vector<Option>& options);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_OPTIONS_H_
