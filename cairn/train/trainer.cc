#include "cairn/train/trainer.h"

#include "cairn/core/escape.h"

namespace cairn {

Status Trainer::Check(const TrainPosition& start) const {
  if (options_.steps_per_epoch < 1)
    return Status(
        Reason::kArgument,
        "steps_per_epoch is " + std::to_string(options_.steps_per_epoch) + ", at least 1 expected");
  if (start.step < 0 || start.epoch < 0 || start.epoch_step < 0)
    return Status(Reason::kArgument, "training cannot start below zero");
  return components_.Save(start)
      .status();  // two components of one name must not be found out at a save
}

Status Trainer::Call(Event event, const TrainPosition& position) const {
  for (const bool last : {false, true}) {
    for (Callback* callback : components_.callbacks()) {
      if (callback->comes_last() != last) continue;
      CAIRN_RETURN_IF_ERROR(
          (callback->*event)(position).In("callback " + Quoted(callback->name())));
    }
  }
  return {};
}

Status Trainer::RunEpoch(TrainPosition& position, const Step& step) const {
  while (position.epoch_step < options_.steps_per_epoch) {
    CAIRN_RETURN_IF_ERROR(step(position));
    ++position.step;
    ++position.epoch_step;
    CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterStep, position));
  }
  ++position.epoch;
  position.epoch_step = 0;
  return Call(&Callback::AfterEpoch, position);
}

Result<TrainPosition> Trainer::Run(TrainPosition start, const Step& step) {
  if (!step) return Status(Reason::kArgument, "the step function of the training is null");
  CAIRN_RETURN_IF_ERROR(Check(start));
  CAIRN_RETURN_IF_ERROR(Call(&Callback::BeforeTrain, start));
  TrainPosition position = start;
  while (position.epoch < options_.epochs) CAIRN_RETURN_IF_ERROR(RunEpoch(position, step));
  CAIRN_RETURN_IF_ERROR(Call(&Callback::AfterTrain, position));
  return position;
}

}  // namespace cairn
