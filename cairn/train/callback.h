// Functions that are called around training steps: saving, logging, schedules.
#ifndef CAIRN_TRAIN_CALLBACK_H_
#define CAIRN_TRAIN_CALLBACK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// How far a run is. Every number counts what is done.
struct TrainPosition {
  int64_t step = 0;
  int64_t epoch = 0;
  int64_t epoch_step = 0;  // steps in the current epoch; 0 between epochs

  friend bool operator==(const TrainPosition&, const TrainPosition&) = default;
};

// Trainer calls callbacks in the order in which they were added. An error from any of them ends the
// training.
class CAIRN_EXPORT Callback {
 public:
  virtual ~Callback() = default;

  // Identifies the state of the callback in the checkpoint; unique in a run.
  virtual std::string_view name() const = 0;

  // A resumed run begins with BeforeTrain, too: after LoadState, and at a step above zero.
  virtual Status BeforeTrain(const TrainPosition&) { return {}; }
  virtual Status AfterStep(const TrainPosition&) { return {}; }
  virtual Status AfterEpoch(const TrainPosition&) { return {}; }
  virtual Status AfterTrain(const TrainPosition&) { return {}; }

  // Returns the state that must survive the end of the process, as UTF-8 text for LoadState. It is
  // saved in the checkpoint. If it is empty, no state is saved and LoadState is not called.
  virtual std::string SaveState() const { return {}; }
  virtual Status LoadState(std::string_view /*state*/) { return {}; }

  // Whether this callback is called after all others, whatever the order in which they were added.
  // A callback that saves must see what the others did at the same step.
  virtual bool comes_last() const { return false; }
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_CALLBACK_H_
