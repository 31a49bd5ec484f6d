// A callback made of functions, for the few lines of a program that need no class of their own.
#ifndef CAIRN_TRAIN_FUNCTION_CALLBACK_H_
#define CAIRN_TRAIN_FUNCTION_CALLBACK_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "cairn/core/export.h"
#include "cairn/train/callback.h"

namespace cairn {

// The hooks of callback.h that a callback has. A null one does nothing.
struct CallbackFunctions {
  using Hook = std::function<Status(const TrainPosition&)>;

  std::function<Status(const TrainConfig&)> setup = nullptr;
  Hook before_train = nullptr;
  Hook before_epoch = nullptr;
  Hook before_run = nullptr;
  Hook after_run = nullptr;
  Hook trigger_step = nullptr;
  Hook after_epoch = nullptr;
  Hook trigger = nullptr;  // after each epoch, or as often as PeriodicTrigger says
  Hook after_train = nullptr;
  Hook before_stop = nullptr;
  // State that survives the end of the process; both or none.
  std::function<std::string()> save_state = nullptr;
  std::function<Status(std::string_view)> load_state = nullptr;
};

// Does what tensorpack's RunOp and CallbackFactory do:
//
//   FunctionCallback decay("Decay", {.trigger = [&](const TrainPosition&) {
//                            rate *= 0.9f;
//                            return Status();
//                          }});
//   components.Add(decay);
class CAIRN_EXPORT FunctionCallback final : public Callback {
 public:
  FunctionCallback(std::string name, CallbackFunctions functions,
                   CallbackStage stage = CallbackStage::kUser)
      : name_(std::move(name)), functions_(std::move(functions)), stage_(stage) {}

  std::string_view name() const override { return name_; }
  CallbackStage stage() const override { return stage_; }
  // Errors: kArgument (only one of save_state and load_state is given), those of `setup`.
  Status Setup(const TrainConfig& config) override;
  Status BeforeTrain(const TrainPosition& p) override { return Call(functions_.before_train, p); }
  Status BeforeEpoch(const TrainPosition& p) override { return Call(functions_.before_epoch, p); }
  Status BeforeRun(const TrainPosition& p) override { return Call(functions_.before_run, p); }
  Status AfterRun(const TrainPosition& p) override { return Call(functions_.after_run, p); }
  Status TriggerStep(const TrainPosition& p) override { return Call(functions_.trigger_step, p); }
  Status AfterEpoch(const TrainPosition& p) override { return Call(functions_.after_epoch, p); }
  Status Trigger(const TrainPosition& p) override { return Call(functions_.trigger, p); }
  Status AfterTrain(const TrainPosition& p) override { return Call(functions_.after_train, p); }
  Status BeforeStop(const TrainPosition& p) override { return Call(functions_.before_stop, p); }
  std::string SaveState() const override;
  Status LoadState(std::string_view state) override;

 private:
  static Status Call(const CallbackFunctions::Hook& hook, const TrainPosition& position) {
    return hook ? hook(position) : Status();
  }

  std::string name_;
  CallbackFunctions functions_;
  CallbackStage stage_;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_FUNCTION_CALLBACK_H_
