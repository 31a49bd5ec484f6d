// A small training loop: epochs of so many steps, and callbacks around them.
#ifndef CAIRN_TRAIN_TRAINER_H_
#define CAIRN_TRAIN_TRAINER_H_

#include <functional>
#include <vector>

#include "cairn/train/run_parts.h"

namespace cairn {

struct TrainerOptions {
  int64_t steps_per_epoch = 1;
  int64_t epochs = 1;  // all in all, those before a resume included
};

class Trainer {
 public:
  // One step of training; told how much is done before it.
  using Step = std::function<Status(const TrainPosition&)>;

  // The callbacks of `parts` are called in the order in which they were added, those that want to
  // come last (ModelSaver) after all others. `parts` must outlive the trainer.
  Trainer(const TrainerOptions& options, const RunParts& parts)
      : options_(options), parts_(parts) {}

  // Trains from `start` (of Resume; `{.epoch = n}` skips n epochs) to the end. An epoch that was
  // left in its middle gets the steps it lacks. Gives the position at the end. Errors: kArgument
  // (no steps in an epoch, a start below zero), kDuplicate, those of the step and of the callbacks,
  // after which nothing more is called.
  Result<TrainPosition> Run(TrainPosition start, const Step& step);

 private:
  using Event = Status (Callback::*)(const TrainPosition&);

  Status Check(const TrainPosition& start) const;
  Status Call(Event event, const TrainPosition& position) const;
  Status RunEpoch(TrainPosition& position, const Step& step) const;

  TrainerOptions options_;
  const RunParts& parts_;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_TRAINER_H_
