// What happens around training steps: saving, logging, schedules.
#ifndef CAIRN_TRAIN_CALLBACK_H_
#define CAIRN_TRAIN_CALLBACK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Where a run stands: both count what is done.
struct TrainPosition {
  int64_t step = 0;
  int64_t epoch = 0;
};

// Called by Trainer in the order in which callbacks were added. An error from any of them ends the
// training.
class Callback {
 public:
  virtual ~Callback() = default;

  // Under which its state is kept; unique in a run.
  virtual std::string_view name() const = 0;

  virtual Status BeforeTrain(const TrainPosition&) { return {}; }
  virtual Status AfterStep(const TrainPosition&) { return {}; }
  virtual Status AfterEpoch(const TrainPosition&) { return {}; }
  virtual Status AfterTrain(const TrainPosition&) { return {}; }

  // What it must not forget when the run dies: UTF-8 text that LoadState understands. It travels in
  // the checkpoint.
  virtual std::string SaveState() const { return {}; }
  virtual Status LoadState(std::string_view /*state*/) { return {}; }
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_CALLBACK_H_
