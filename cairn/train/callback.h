// What happens around training steps: saving, logging, schedules.
#ifndef CAIRN_TRAIN_CALLBACK_H_
#define CAIRN_TRAIN_CALLBACK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Where a run stands: all of them count what is done.
struct TrainPosition {
  int64_t step = 0;
  int64_t epoch = 0;
  int64_t epoch_step = 0;  // steps of the epoch under way; 0 between epochs

  friend bool operator==(const TrainPosition&, const TrainPosition&) = default;
};

// Called by Trainer in the order in which callbacks were added. An error from any of them ends the
// training.
class Callback {
 public:
  virtual ~Callback() = default;

  // Under which its state is kept; unique in a run.
  virtual std::string_view name() const = 0;

  // A resumed run begins with BeforeTrain too, after LoadState and at a step above zero.
  virtual Status BeforeTrain(const TrainPosition&) { return {}; }
  virtual Status AfterStep(const TrainPosition&) { return {}; }
  virtual Status AfterEpoch(const TrainPosition&) { return {}; }
  virtual Status AfterTrain(const TrainPosition&) { return {}; }

  // What it must not forget when the run dies: UTF-8 text that LoadState understands. It travels in
  // the checkpoint. Empty: there is nothing to keep, and LoadState is not called.
  virtual std::string SaveState() const { return {}; }
  virtual Status LoadState(std::string_view /*state*/) { return {}; }

  // Whether it wants to be called after all the others, whenever it was added: one that saves must
  // see what they did at the same moment.
  virtual bool comes_last() const { return false; }
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_CALLBACK_H_
