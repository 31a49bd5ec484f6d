// Functions that are called around training steps: logging, schedules, statistics, saving.
#ifndef CAIRN_TRAIN_CALLBACK_H_
#define CAIRN_TRAIN_CALLBACK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

struct TrainConfig;

// How far a run is. Every number counts what is done.
struct TrainPosition {
  int64_t step = 0;
  int64_t epoch = 0;
  int64_t epoch_step = 0;  // steps in the current epoch; 0 between epochs

  friend bool operator==(const TrainPosition&, const TrainPosition&) = default;
};

// Every hook is called for all callbacks of one stage before those of the next, and within a stage
// in the order in which they were added. So whatever the order in which a program adds them, the
// statistics of a step are complete before a saver compares them, and a checkpoint holds what every
// other callback did at the same step.
enum class CallbackStage : uint8_t {
  kUser,       // everything that is not named below
  kMonitors,   // writes the statistics that callbacks recorded
  kBestSaver,  // compares statistics, and decides what is saved: MinSaver, MaxSaver
  kSaver,      // saves the state of all callbacks: ModelSaver
};

// The hooks of a run, in the order in which Trainer calls them:
//
//   Setup
//   BeforeTrain
//   each epoch:   BeforeEpoch
//     each step:  BeforeRun, the step, AfterRun, TriggerStep
//                 AfterEpoch, TriggerEpoch
//   AfterTrain
//
// An error from any of them ends the training: only AfterError is called then. tensorpack calls
// them setup_graph, before_train, before_epoch, before_run, after_run, trigger_step, after_epoch,
// trigger_epoch and after_train.
class CAIRN_EXPORT Callback {
 public:
  virtual ~Callback() = default;

  // Identifies the state of the callback in the checkpoint; unique in a run.
  virtual std::string_view name() const = 0;
  virtual CallbackStage stage() const { return CallbackStage::kUser; }

  // Called once in a process, before session_init gives variables their values. A run that is
  // resumed has them already.
  virtual Status Setup(const TrainConfig&) { return {}; }
  // Variables have their values, and a resumed run its state: LoadState was called before.
  virtual Status BeforeTrain(const TrainPosition&) { return {}; }
  // Not called for an epoch that a resumed run only continues.
  virtual Status BeforeEpoch(const TrainPosition&) { return {}; }
  virtual Status BeforeRun(const TrainPosition&) { return {}; }
  // The position counts the step that was just done, here and in TriggerStep.
  virtual Status AfterRun(const TrainPosition&) { return {}; }
  virtual Status TriggerStep(const TrainPosition&) { return {}; }
  // The position counts the epoch that was just done, here and in TriggerEpoch.
  virtual Status AfterEpoch(const TrainPosition&) { return {}; }
  virtual Status TriggerEpoch(const TrainPosition& position) { return Trigger(position); }
  // Called once, after the last epoch. Not called where the training was stopped to be resumed.
  virtual Status AfterTrain(const TrainPosition&) { return {}; }
  // Called instead of AfterTrain where the training was asked to stop after this step: it will be
  // resumed here.
  virtual Status BeforeStop(const TrainPosition&) { return {}; }

  // Called instead of AfterTrain where an error ends the training. What the callback does on other
  // threads has ended when it returns, since the program is going to destroy the callbacks.
  virtual void AfterError() {}

  // Does the callback's periodic work: after each epoch, or as often as PeriodicTrigger says.
  virtual Status Trigger(const TrainPosition&) { return {}; }
  // Whether PeriodicTrigger must call Trigger now, although its period does not ask for it.
  virtual bool is_due() const { return false; }

  // Returns the state that must survive the end of the process, as UTF-8 text for LoadState. It is
  // saved in the checkpoint. If it is empty, no state is saved and LoadState is not called. Equal
  // runs must return equal texts: no clock, no random number, no host name.
  virtual std::string SaveState() const { return {}; }
  virtual Status LoadState(std::string_view /*state*/) { return {}; }
  // Returns a function that puts on stable storage what the callback has written into files of its
  // own; null if it writes none. A saver asks for it right after SaveState, and calls it before it
  // commits the checkpoint with that state: maybe on a thread of its own while the training goes
  // on, and maybe after the callback was destroyed. So the function must not use the callback.
  virtual std::function<Status()> MakeFileSync() const { return {}; }
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_CALLBACK_H_
