// A small training loop: epochs of a fixed number of steps, with callbacks around them.
#ifndef CAIRN_TRAIN_TRAINER_H_
#define CAIRN_TRAIN_TRAINER_H_

#include <functional>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/train/run_components.h"

namespace cairn {

struct TrainerOptions {
  int64_t steps_per_epoch = 1;
  int64_t epochs = 1;  // in total, including the epochs before a resume
};

class CAIRN_EXPORT Trainer {
 public:
  // Does one step of training. The position counts what was done before it.
  using Step = std::function<Status(const TrainPosition&)>;

  // Borrows `components`, which must outlive the trainer. Its callbacks are called in the order in
  // which they were added, but the ones for which comes_last() is true (ModelSaver) are called
  // after all others.
  Trainer(const TrainerOptions& options, const RunComponents& components)
      : options_(options), components_(components) {}

  // Trains from `start`, which Resume returns, to the end; `{.epoch = n}` skips n epochs. An epoch
  // that was interrupted gets the steps that it lacks. Returns the position at the end. Errors:
  // kArgument (a null step function, no steps in an epoch, a start below zero, two components of
  // one name), and the errors of the step and of the callbacks, after which no function is
  // called any more.
  Result<TrainPosition> Run(TrainPosition start, const Step& step);

 private:
  using Event = Status (Callback::*)(const TrainPosition&);

  Status Check(const TrainPosition& start) const;
  Status Call(Event event, const TrainPosition& position) const;
  Status RunEpoch(TrainPosition& position, const Step& step) const;

  TrainerOptions options_;
  const RunComponents& components_;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_TRAINER_H_
