// Calls another callback's Trigger in periods of steps, epochs or seconds.
#ifndef CAIRN_TRAIN_PERIODIC_TRIGGER_H_
#define CAIRN_TRAIN_PERIODIC_TRIGGER_H_

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/train/callback.h"

namespace cairn {

// When to trigger. Several periods are one condition: whichever is over. 0 = not by this.
struct TriggerPeriod {
  int64_t every_k_steps = 0;   // at the steps k, 2k, 3k of the run
  int64_t every_k_epochs = 0;  // after the epochs k, 2k, 3k
  // At the first step after so many seconds since the last trigger by time, or since the training
  // began in this process. Such a run is not the same each time.
  double every_seconds = 0;
};

// Add it to the run in the place of the callback, which it borrows. It is called as that one is
// called, in its stage and with its state, but instead of its TriggerEpoch, Trigger is called, as
// often as the period says and where the callback is due. At the last step of an epoch one trigger
// is enough for steps and epochs: it comes with the epoch.
class CAIRN_EXPORT PeriodicTrigger final : public Callback {
 public:
  // `clock` returns seconds of a clock that never goes back; null: the machine's.
  PeriodicTrigger(Callback& callback, TriggerPeriod period, std::function<double()> clock = {});

  std::string_view name() const override { return callback_.name(); }
  CallbackStage stage() const override { return callback_.stage(); }
  // Errors: kArgument (a period below 0), those of the callback.
  Status Setup(const TrainConfig& config) override;
  Status BeforeTrain(const TrainPosition& position) override;
  Status BeforeEpoch(const TrainPosition& p) override { return callback_.BeforeEpoch(p); }
  Status BeforeRun(const TrainPosition& p) override { return callback_.BeforeRun(p); }
  Status AfterRun(const TrainPosition& p) override { return callback_.AfterRun(p); }
  Status TriggerStep(const TrainPosition& position) override;
  Status AfterEpoch(const TrainPosition& p) override { return callback_.AfterEpoch(p); }
  Status TriggerEpoch(const TrainPosition& position) override;
  Status AfterTrain(const TrainPosition& p) override { return callback_.AfterTrain(p); }
  Status BeforeStop(const TrainPosition& p) override { return callback_.BeforeStop(p); }
  void AfterError() override { callback_.AfterError(); }
  Status Trigger(const TrainPosition& p) override { return callback_.Trigger(p); }
  bool is_due() const override { return callback_.is_due(); }
  std::string SaveState() const override { return callback_.SaveState(); }
  Status LoadState(std::string_view state) override { return callback_.LoadState(state); }
  std::function<Status()> MakeFileSync() const override { return callback_.MakeFileSync(); }

 private:
  bool IsTimeOver();

  Callback& callback_;
  TriggerPeriod period_;
  std::function<double()> clock_;
  int64_t steps_per_epoch_ = 0;
  double last_time_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_PERIODIC_TRIGGER_H_
