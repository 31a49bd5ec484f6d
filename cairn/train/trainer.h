// A small training loop: epochs of a fixed number of steps, with callbacks around them.
#ifndef CAIRN_TRAIN_TRAINER_H_
#define CAIRN_TRAIN_TRAINER_H_

#include <utility>

#include "cairn/core/export.h"
#include "cairn/train/train_config.h"

namespace cairn {

// The end of a training.
struct TrainEnd {
  TrainPosition position = {};
  bool was_stopped = false;  // TrainConfig::should_stop asked for it
};

class CAIRN_EXPORT Trainer {
 public:
  explicit Trainer(TrainConfig config) : config_(std::move(config)) {}

  // Trains to the end of the last epoch. An epoch that was interrupted gets the steps that it
  // lacks. Errors: kArgument (a null step function, no components, no steps in an epoch, a start
  // below zero, two components of one name), those of session_init, and those of the step and of
  // the callbacks, after which AfterError is called for each callback, and nothing else.
  Result<TrainEnd> Run();

 private:
  using Event = Status (Callback::*)(const TrainPosition&);

  Log& log() const { return config_.log ? *config_.log : NoLog(); }

  Result<TrainEnd> RunToTheEnd();
  Status Check() const;
  Status CallEach(const std::function<Status(Callback&)>& call) const;
  Status Call(Event event, const TrainPosition& position) const;
  Result<TrainPosition> BeginNewRun() const;
  Result<TrainPosition> Begin() const;
  Status RunStep(TrainPosition& position) const;
  Status EndEpoch(TrainPosition& position, double seconds) const;
  Result<TrainEnd> Stop(const TrainPosition& position) const;

  TrainConfig config_;
};

// Runs the training. As Trainer(config).Run(), which it is short for.
CAIRN_EXPORT Result<TrainEnd> Train(TrainConfig config);

}  // namespace cairn

#endif  // CAIRN_TRAIN_TRAINER_H_
