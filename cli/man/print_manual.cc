// Prints the manual page cairn(1), made from the descriptions of verbs and options: the same that
// --help shows. The build runs it; it is not installed.
#include <iostream>

#include "cairn/version.h"
#include "cli/command.h"
#include "cli/common_options.h"
#include "cli/making_options.h"

namespace cairn::cli {
namespace {

// Returns `text` as roff prints it literally: dashes stay ASCII, and no line begins a request.
std::string Literal(std::string_view text) {
  std::string out;
  bool begins_line = true;
  for (const char c : text) {
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    begins_line = c == '\n';
  }
  return out;
}

std::string Bold(std::string_view text) { return "\\fB" + Literal(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + Literal(text) + "\\fR"; }

// Returns "-h, --help" or "--edge N"; a place is "PATH" or "PATTERN…".
std::string Heading(const Option& option) {
  if (option.is_place()) return Italic(option.names) + (option.is_list() ? "…" : "");
  const size_t comma = option.names.find(',');
  std::string text = Bold(option.names.substr(0, comma));
  if (comma != option.names.npos) text += ", " + Bold(option.names.substr(comma + 1));
  return option.value.empty() ? text : text + " " + Italic(option.value);
}

void PrintOption(const Option& option) {
  std::cout << ".TP\n" << Heading(option) << "\n" << Literal(option.help) << "\n";
  const bool is_told =
      option.choices.empty() || option.help.find(option.choices[0]) != option.help.npos;
  if (is_told) return;
  std::cout << "(";
  for (const std::string_view choice : option.choices)
    std::cout << (choice == option.choices.front() ? "" : ", ") << Literal(choice);
  std::cout << ")\n";
}

// Prints the command line of a verb: its places, then the word "options".
void PrintSynopsis(const Command& command, const std::vector<Option>& options) {
  std::cout << ".P\n" << Bold("cairn " + std::string(command.name()));
  for (const Option& option : options) {
    if (!option.is_place()) continue;
    std::cout << " " << (option.is_required ? Heading(option) : "[" + Heading(option) + "]");
  }
  std::cout << " [" << Italic("options") << "]\n";
}

void PrintVerb(Command& command) {
  const std::vector<Option> options = command.options();
  std::cout << ".SS " << Literal(command.name()) << "\n" << Literal(command.summary()) << "\n";
  PrintSynopsis(command, options);
  for (const Option& option : options) {
    if (!option.is_of_making) PrintOption(option);
  }
  std::cout << ".P\nExamples:\n.P\n.nf\n" << Literal(command.examples()) << ".fi\n";
}

void PrintManual() {
  std::cout << ".TH CAIRN 1 \"\" \"cairn " CAIRN_VERSION_STRING
               "\" \"User Commands\"\n"
               ".SH NAME\n"
               "cairn \\- looks into, checks and makes model checkpoints, without TensorFlow\n"
               ".SH SYNOPSIS\n"
               "\\fBcairn\\fR \\fIverb\\fR [\\fIoptions\\fR] \\fIPATH\\fR…\n"
               ".SH DESCRIPTION\n"
               "A \\fIPATH\\fR is a prefix, any file of a checkpoint, or a directory.\n"
               ".SH VERBS\n";
  for (const auto& command : MakeCommands()) PrintVerb(*command);
  std::cout << ".SH OPTIONS OF THE VERBS THAT MAKE A CHECKPOINT\n";
  MakingOptions making;
  for (const Option& option : making.options()) PrintOption(option);
  std::cout << ".SH OPTIONS OF EVERY VERB\nThey may also stand before the verb.\n";
  CommonOptions common;
  std::vector<Option> options;
  AppendCommonOptions(options, common);
  for (const Option& option : options) PrintOption(option);
  std::cout << ".SH EXIT STATUS\n"
               ".TP\n0\nThe work is done.\n"
               ".TP\n1\nThere is a finding: damage, or nothing matched.\n"
               ".TP\n2\nThe command line is wrong, or a file cannot be read or written.\n";
}

}  // namespace
}  // namespace cairn::cli

int main() {
  cairn::cli::PrintManual();
  std::cout.flush();
  return std::cout.good() ? 0 : 1;
}
