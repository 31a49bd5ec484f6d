#include "cairn/train/periodic_trigger.h"

#include "cairn/train/train_config.h"

namespace cairn {
namespace {

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool IsMultiple(int64_t count, int64_t period) { return period > 0 && count % period == 0; }

}  // namespace

PeriodicTrigger::PeriodicTrigger(Callback& callback, TriggerPeriod period,
                                 std::function<double()> clock)
    : callback_(callback),
      period_(period),
      clock_(clock ? std::move(clock) : std::function<double()>(SteadySeconds)) {}

Status PeriodicTrigger::Setup(const TrainConfig& config) {
  const bool are_counts = period_.every_k_steps >= 0 && period_.every_k_epochs >= 0;
  if (!are_counts || !(period_.every_seconds >= 0))
    return Status(Reason::kArgument, "a period is below 0: every " +
                                         std::to_string(period_.every_k_steps) + " steps, " +
                                         std::to_string(period_.every_k_epochs) + " epochs, " +
                                         std::to_string(period_.every_seconds) + " seconds");
  steps_per_epoch_ = config.steps_per_epoch;
  return callback_.Setup(config);
}

Status PeriodicTrigger::BeforeTrain(const TrainPosition& position) {
  last_time_ = clock_();
  return callback_.BeforeTrain(position);
}

bool PeriodicTrigger::IsTimeOver() {
  if (period_.every_seconds <= 0) return false;
  const double now = clock_();
  if (now - last_time_ < period_.every_seconds) return false;
  last_time_ = now;
  return true;
}

Status PeriodicTrigger::TriggerStep(const TrainPosition& position) {
  CAIRN_RETURN_IF_ERROR(callback_.TriggerStep(position));
  // The trigger of the last step is left to TriggerEpoch, which follows with no step in between:
  // what is saved there is the run after its epoch.
  if (position.epoch_step == steps_per_epoch_) return {};
  const bool by_time = IsTimeOver();
  const bool is_over = by_time || IsMultiple(position.step, period_.every_k_steps);
  return is_over || callback_.is_due() ? callback_.Trigger(position) : Status();
}

Status PeriodicTrigger::TriggerEpoch(const TrainPosition& position) {
  const bool by_time = IsTimeOver();
  const bool is_over = by_time || IsMultiple(position.step, period_.every_k_steps) ||
                       IsMultiple(position.epoch, period_.every_k_epochs);
  return is_over || callback_.is_due() ? callback_.Trigger(position) : Status();
}

}  // namespace cairn
