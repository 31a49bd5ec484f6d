// A training run as data: what is trained, how long, and with which callbacks.
#ifndef CAIRN_TRAIN_TRAIN_CONFIG_H_
#define CAIRN_TRAIN_TRAIN_CONFIG_H_

#include <functional>
#include <optional>

#include "cairn/core/export.h"
#include "cairn/monitor/log.h"
#include "cairn/session/session_init.h"
#include "cairn/train/run_components.h"

namespace cairn {

// Borrows what it points at, which must outlive the Trainer.
struct TrainConfig {
  // Does one step of training. The position counts what was done before it.
  std::function<Status(const TrainPosition&)> step = nullptr;
  // Callbacks, random generators and the data position: all that a checkpoint carries beside the
  // variables.
  RunComponents* components = nullptr;
  // The variables. Null in a run that has none to initialise.
  Session* session = nullptr;
  // Gives the variables their first values; null: they have them already. Not used by a run that is
  // resumed.
  const SessionInit* session_init = nullptr;

  int64_t steps_per_epoch = 1;
  int64_t max_epoch = 1;  // the number of the last epoch; epochs count from 1
  // The number of the first epoch of a run that begins. Its first step is the value of the scalar
  // variable `global_step`, where the session has one, else that of so many whole epochs.
  int64_t starting_epoch = 1;
  // Where a resumed run goes on: what Resume returned, or AutoResumeTrainConfig. Wins over
  // `starting_epoch` and `session_init`, unless no step is done. Without it, this is a new run,
  // whatever its directory holds. With it, what an earlier process of the run wrote about later
  // steps is taken back: see Monitors.
  std::optional<TrainPosition> resume_at = {};

  // Asked before each step, the first one included; true: the training stops there, to be resumed.
  // When the last step of an epoch is done, the epoch ends first. StopSignals makes one.
  std::function<bool()> should_stop = nullptr;

  // Gets the lines "Start Epoch 2 ...", "Epoch 2 (global_step 8) finished, time:0.1 second." and
  // the like. Null: nothing is logged.
  Log* log = nullptr;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_TRAIN_CONFIG_H_
