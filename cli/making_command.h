// The base of all verbs that make a checkpoint out of others. It opens the sources, has the verb
// make one dict of them, changes it as the options ask, shows the plan, and saves.
#ifndef CAIRN_CLI_MAKING_COMMAND_H_
#define CAIRN_CLI_MAKING_COMMAND_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/making/plan_making.h"
#include "cli/command.h"
#include "cli/making_options.h"

namespace cairn::cli {

class MakingCommand : public Command {
 public:
  std::vector<Option> options() final;
  ExitCode Run(const Context& context) final;

 protected:
  // SRC DST, A B DST, or SRC… DST.
  enum class Sources : uint8_t { kOne, kTwo, kSeveral };
  explicit MakingCommand(Sources sources) : takes_(sources) {}

  // The options that only this verb has.
  virtual std::vector<Option> own_options() { return {}; }
  // Returns what is taken from all sources together. Errors: those of the verb.
  virtual Result<TakenTensors> Take(const std::vector<Opened>& sources, Remarks& remarks) const = 0;
  // Whether Take has done what --drop-training-state and --ema ask for.
  virtual bool judges_training_state() const { return false; }

  const MakingOptions& making() const { return making_; }
  const std::vector<std::string>& from() const { return from_; }

 private:
  // The options that tell which tensors are taken.
  std::vector<Option> taking_options();
  // Returns the verb by which a recipe was recorded, ready to run. Errors: kArgument (only convert
  // does so; it is not the recipe of a verb, its options and its number of sources).
  Result<std::unique_ptr<MakingCommand>> RecordedCommand(const Recipe& recipe);
  bool has_right_number_of_sources() const;
  // Makes the checkpoint, when all options are known.
  ExitCode RunAsAsked(const Context& context);
  // Returns what --record writes down.
  Result<Recipe> WholeRecipe();
  Result<MakingPlan> MakePlan(Output& out);
  Result<MakingRequest> Request();
  ExitCode SayUnmatchedRules(const MakingPlan& plan, Output& out) const;
  Result<SaveReport> Save(MakingPlan& plan, const Context& context) const;
  // Whether the file of --record may be written. Errors: kExists.
  Status CheckRecord() const;
  // Writes the changes down, if --record asks for it.
  Status Record(const Recipe& recipe) const;
  ExitCode Make(MakingPlan& plan, const Context& context) const;
  void SayNotes(const MakingPlan& plan, const SaveReport& report, Output& out) const;

  Sources takes_;
  std::vector<std::string> from_;
  std::string path_;
  MakingOptions making_;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_MAKING_COMMAND_H_
