// cairn help [VERB]: prints the same texts as --help.
#include <algorithm>

#include "cli/common_options.h"
#include "cli/help.h"

namespace cairn::cli {
namespace {

constexpr std::string_view kMaking = "making";

class HelpCommand final : public Command {
 public:
  std::string_view name() const override { return "help"; }
  std::string_view summary() const override {
    return "Shows the help of the program or of a verb.";
  }
  std::string_view examples() const override {
    return "  cairn help\n"
           "  cairn help convert\n";
  }
  std::vector<Option> options() override {
    std::vector<std::string_view> verbs;
    for (const auto& command : MakeCommands()) verbs.push_back(command->name());
    verbs.push_back(kMaking);
    return {{.names = "VERB",
             .target = &verb_,
             .help = "the verb to explain, or making: options that several have",
             .choices = std::move(verbs),
             .is_required = false}};
  }

  ExitCode Run(const Context& context) override {
    if (verb_ == kMaking) {
      context.out.Write(HelpOfMaking());
      return kDone;
    }
    const auto commands = MakeCommands();
    const auto found = std::ranges::find_if(
        commands, [&](const auto& command) { return command->name() == verb_; });
    if (found == commands.end()) {
      context.out.Write(HelpOfProgram(commands));
      return kDone;
    }
    CommonOptions common;
    std::vector<Option> options = (*found)->options();
    AppendCommonOptions(options, common);
    context.out.Write(HelpOf(**found, options));
    return kDone;
  }

 private:
  std::string verb_;
};

}  // namespace

std::unique_ptr<Command> MakeHelpCommand() { return std::make_unique<HelpCommand>(); }

}  // namespace cairn::cli
