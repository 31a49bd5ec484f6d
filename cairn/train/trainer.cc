#include "cairn/train/trainer.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "cairn/core/escape.h"
#include "cairn/train/global_step.h"

namespace cairn {
namespace {

constexpr std::array kStages = {CallbackStage::kUser, CallbackStage::kMonitors,
                                CallbackStage::kBestSaver, CallbackStage::kSaver};

using TimePoint = std::chrono::steady_clock::time_point;

double SecondsSince(TimePoint begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// "0.00735": as the log of tensorpack shows durations.
std::string ThreeDigits(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

Status Refuse(std::string what) { return Status(Reason::kArgument, std::move(what)); }

}  // namespace

Status Trainer::Check() const {
  if (!config_.step) return Refuse("the step function of the training is null");
  if (!config_.components) return Refuse("the training has no components (TrainConfig)");
  if (config_.steps_per_epoch < 1)
    return Refuse("steps_per_epoch is " + std::to_string(config_.steps_per_epoch) +
                  ", at least 1 expected");
  if (config_.session_init && !config_.session)
    return Refuse("session_init is given, but the training has no session");
  if (config_.starting_epoch < 1)
    return Refuse("starting_epoch is " + std::to_string(config_.starting_epoch) +
                  ", at least 1 expected");
  // Two components of one name must not be found only when the run is saved.
  return config_.components->Save({}).status();
}

Status Trainer::CallEach(const std::function<Status(Callback&)>& call) const {
  for (const CallbackStage stage : kStages) {
    for (Callback* callback : config_.components->callbacks()) {
      if (callback->stage() != stage) continue;
      CAIRN_RETURN_IF_ERROR(call(*callback).In("callback " + Quoted(callback->name())));
    }
  }
  return {};
}

Status Trainer::Call(Event event, const TrainPosition& position) const {
  return CallEach([&](Callback& callback) { return (callback.*event)(position); });
}

// Gives the variables of a new run their first values, and returns where it begins.
Result<TrainPosition> Trainer::BeginNewRun() const {
  TrainPosition start{.epoch = config_.starting_epoch - 1};
  start.step = start.epoch * config_.steps_per_epoch;
  if (!config_.session) return start;
  log().Info("Initializing the session ...");
  if (config_.session_init) {
    CAIRN_ASSIGN_OR_RETURN(const RestorePlan plan, config_.session_init->Init(*config_.session));
    for (const std::string& warning : plan.warnings) log().Warning(warning);
  }
  CAIRN_ASSIGN_OR_RETURN(const std::optional<int64_t> step, GlobalStepOf(*config_.session));
  start.step = step.value_or(start.step);
  return start;
}

// Returns the position at which the training begins, after the variables have their values.
Result<TrainPosition> Trainer::Begin() const {
  CAIRN_RETURN_IF_ERROR(Check());
  log().Info("Setup callbacks ...");
  CAIRN_RETURN_IF_ERROR(CallEach([&](Callback& callback) { return callback.Setup(config_); }));
  TrainPosition start = config_.resume_at.value_or(TrainPosition());
  // A run that was to be resumed and had no checkpoint begins as every other one.
  if (start == TrainPosition()) {
    CAIRN_ASSIGN_OR_RETURN(start, BeginNewRun());
  }
  if (start.step < 0 || start.epoch < 0 || start.epoch_step < 0)
    return Refuse("the training starts at step " + std::to_string(start.step) + ", epoch " +
                  std::to_string(start.epoch) + ", step " + std::to_string(start.epoch_step) +
                  " of the epoch: numbers of at least 0 expected");
  if (start.step > 0) log().Info("Start training with global_step=" + std::to_string(start.step));
  return start;
}

// Does one step, and the hooks around it.
Status Trainer::RunStep(TrainPosition& position) const {
  CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeRun, position));
  CAIRN_RETURN_IF_ERROR(config_.step(position));
  ++position.step;
  ++position.epoch_step;
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterRun, position));
  return Call(&Callback::TriggerStep, position);
}

// Ends the epoch, all steps of which are done.
Status Trainer::EndEpoch(TrainPosition& position, double seconds) const {
  ++position.epoch;
  position.epoch_step = 0;
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterEpoch, position));
  log().Info("Epoch " + std::to_string(position.epoch) + " (global_step " +
             std::to_string(position.step) + ") finished, time:" + ThreeDigits(seconds) +
             " second.");
  return Call(&Callback::TriggerEpoch, position);
}

Result<TrainEnd> Trainer::Stop(const TrainPosition& position) const {
  CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeStop, position));
  log().Info("Training was stopped at global_step=" + std::to_string(position.step) +
             ", to be resumed there.");
  return TrainEnd{position, true};
}

Result<TrainEnd> Trainer::Run() {
  Result<TrainEnd> end = RunToTheEnd();
  if (end.ok() || !config_.components) return end;
  (void)CallEach([](Callback& callback) { return callback.AfterError(), Status(); });
  return end;
}

Result<TrainEnd> Trainer::RunToTheEnd() {
  CAIRN_ASSIGN_OR_RETURN(TrainPosition position, Begin());
  CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeTrain, position));
  TimePoint begin = std::chrono::steady_clock::now();
  while (position.epoch < config_.max_epoch) {
    // After the last step of an epoch its end comes first, without a step in between. So an epoch
    // that has begun and has no step done is not met here, and BeforeEpoch is called once for each.
    if (config_.should_stop && config_.should_stop()) return Stop(position);
    if (position.epoch_step == 0) {
      log().Info("Start Epoch " + std::to_string(position.epoch + 1) + " ...");
      begin = std::chrono::steady_clock::now();
      CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeEpoch, position));
    }
    // A run may be resumed where all steps of an epoch are done, and only its end is not.
    if (position.epoch_step < config_.steps_per_epoch) CAIRN_RETURN_IF_ERROR(RunStep(position));
    if (position.epoch_step >= config_.steps_per_epoch)
      CAIRN_RETURN_IF_ERROR(EndEpoch(position, SecondsSince(begin)));
  }
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterTrain, position));
  log().Info("Training has finished!");
  return TrainEnd{position, false};
}

Result<TrainEnd> Train(TrainConfig config) { return Trainer(std::move(config)).Run(); }

}  // namespace cairn
