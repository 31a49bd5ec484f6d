// cairn completion SHELL: prints the script that completes the program's command lines, or the
// names that the script offers.
#include <set>

#include "cairn/core/escape.h"
#include "cli/common_options.h"
#include "cli/completion.h"
#include "cli/open_checkpoint.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

class CompletionCommand final : public Command {
 public:
  std::string_view name() const override { return "completion"; }
  std::string_view summary() const override { return "Prints a completion script for a shell."; }
  std::string_view examples() const override {
    return "  source <(cairn completion bash)\n"
           "  cairn completion fish | source\n";
  }
  std::vector<Option> options() override {
    return {{.names = "SHELL",
             .target = &shell_,
             .help = "bash, zsh or fish",
             .choices = {"bash", "zsh", "fish"}},
            {.names = "--names",
             .target = &path_,
             .help = "the names of its tensors, which the script asks for",
             .value = "PATH"}};
  }

  ExitCode Run(const Context& context) override {
    if (!path_.empty()) return PrintNames(context.out);
    // Only the descriptions are used; the commands that they are bound to are not run.
    const auto commands = MakeCommands();
    CommonOptions common;
    std::vector<VerbOptions> verbs;
    for (const auto& command : commands) {
      verbs.push_back({command->name(), command->summary(), command->options()});
      AppendCommonOptions(verbs.back().options, common);
    }
    context.out.Write(shell_ == "bash"  ? BashCompletion(verbs)
                      : shell_ == "zsh" ? ZshCompletion(verbs)
                                        : FishCompletion(verbs));
    return kDone;
  }

 private:
  // Prints a name a line, as `ls` shows it: the key of every tensor, and its other names.
  ExitCode PrintNames(Output& out) const {
    const Result<Opened> checkpoint = OpenCheckpoint(path_, out);
    if (!checkpoint.ok()) return out.Error(checkpoint.status());
    const ObjectNames objects = ReadNames(checkpoint->dict, out);
    std::set<std::string_view> names;
    for (const TensorInfo& tensor : checkpoint->dict) names.insert(tensor.name);
    for (const auto& [key, name] : objects) {
      if (!checkpoint->dict.Find(key)) continue;
      names.insert(name.path);
      if (!name.full_name.empty()) names.insert(name.full_name);
    }
    for (const std::string_view name : names) out.Write(Escape(name) + "\n");
    return kDone;
  }

  std::string shell_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand() { return std::make_unique<CompletionCommand>(); }

}  // namespace cairn::cli
