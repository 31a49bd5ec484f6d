#include "cairn/train/trainer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr std::string_view kGlobalStep = "global_step";
constexpr std::array kStages = {CallbackStage::kUser, CallbackStage::kMonitors,
                                CallbackStage::kBestSaver, CallbackStage::kSaver};

Status Refuse(std::string what) { return Status(Reason::kArgument, std::move(what)); }

// Returns the value of the session's `global_step`; nothing if it has no such scalar of int64.
Result<std::optional<int64_t>> GlobalStepOf(Session& session) {
  const std::span<const Variable> variables = session.variables();
  const auto found = std::ranges::find_if(variables, [](const Variable& variable) {
    return variable.name == kGlobalStep && variable.dtype == DType::kInt64 && variable.dims.empty();
  });
  if (found == variables.end()) return std::optional<int64_t>();
  const VariableId id = static_cast<VariableId>(found - variables.begin());
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, session.Snapshot(std::span(&id, 1)));
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(0));
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source->OpenStream());
  std::array<std::byte, sizeof(int64_t)> scratch;
  CAIRN_ASSIGN_OR_RETURN(const Bytes bytes, stream->Next(scratch));
  int64_t step = 0;
  if (bytes.size() != sizeof(step)) return std::optional<int64_t>();
  std::memcpy(&step, bytes.data(), sizeof(step));
  return std::optional(step);
}

}  // namespace

Status Trainer::Check(const TrainPosition& start) const {
  if (!config_.step) return Refuse("the step function of the training is null");
  if (!config_.components) return Refuse("the training has no components (TrainConfig)");
  if (config_.steps_per_epoch < 1)
    return Refuse("steps_per_epoch is " + std::to_string(config_.steps_per_epoch) +
                  ", at least 1 expected");
  if (config_.session_init && !config_.session)
    return Refuse("session_init is given, but the training has no session");
  if (start.step < 0 || start.epoch < 0 || start.epoch_step < 0)
    return Refuse("training cannot start below zero");
  // Two components of one name must not be found only when the run is saved.
  return config_.components->Save(start).status();
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

// Returns the position at which the training begins, after the variables have their values.
Result<TrainPosition> Trainer::Begin() const {
  CAIRN_RETURN_IF_ERROR(Check(config_.resume_at.value_or(TrainPosition())));
  if (config_.starting_epoch < 1) return Refuse("starting_epoch is below 1");
  CAIRN_RETURN_IF_ERROR(CallEach([&](Callback& callback) { return callback.Setup(config_); }));
  if (config_.resume_at) return *config_.resume_at;
  TrainPosition start{.epoch = config_.starting_epoch - 1};
  start.step = start.epoch * config_.steps_per_epoch;
  if (config_.session_init)
    CAIRN_RETURN_IF_ERROR(config_.session_init->Init(*config_.session).status());
  if (!config_.session) return start;
  CAIRN_ASSIGN_OR_RETURN(const std::optional<int64_t> step, GlobalStepOf(*config_.session));
  start.step = step.value_or(start.step);
  return start;
}

Result<bool> Trainer::RunEpoch(TrainPosition& position) const {
  if (position.epoch_step == 0) CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeEpoch, position));
  while (position.epoch_step < config_.steps_per_epoch) {
    CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeRun, position));
    CAIRN_RETURN_IF_ERROR(config_.step(position));
    ++position.step;
    ++position.epoch_step;
    CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterRun, position));
    CAIRN_RETURN_IF_ERROR(Call(&Callback::TriggerStep, position));
    // At the last step the epoch ends first: that takes no step, and the run is resumed between
    // epochs.
    const bool is_last = position.epoch_step >= config_.steps_per_epoch;
    if (!is_last && config_.should_stop && config_.should_stop()) return false;
  }
  ++position.epoch;
  position.epoch_step = 0;
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterEpoch, position));
  CAIRN_RETURN_IF_ERROR(Call(&Callback::TriggerEpoch, position));
  const bool is_last = position.epoch >= config_.max_epoch;
  return is_last || !config_.should_stop || !config_.should_stop();
}

Result<TrainEnd> Trainer::Run() {
  CAIRN_ASSIGN_OR_RETURN(TrainPosition position, Begin());
  CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeTrain, position));
  while (position.epoch < config_.max_epoch) {
    CAIRN_ASSIGN_OR_RETURN(const bool goes_on, RunEpoch(position));
    if (goes_on) continue;
    CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeStop, position));
    return TrainEnd{position, true};
  }
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterTrain, position));
  return TrainEnd{position, false};
}

Result<TrainEnd> Train(TrainConfig config) { return Trainer(std::move(config)).Run(); }

}  // namespace cairn
