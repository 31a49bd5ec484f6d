// A run with everything that a run can have, so small that it can be interrupted at every point.
#ifndef CAIRN_TRAIN_WHOLE_RUN_FIXTURE_H_
#define CAIRN_TRAIN_WHOLE_RUN_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "cairn/core/hex.h"
#include "cairn/data/prefetched.h"
#include "cairn/data/shuffled_indices.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/io/path.h"
#include "cairn/monitor/event_record.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/best_saver.h"
#include "cairn/train/function_callback.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/trainer.h"

namespace cairn {

inline constexpr int64_t kWholeStepsPerEpoch = 4;
inline constexpr int64_t kWholeEpochs = 3;
inline constexpr int64_t kWholeSteps = kWholeStepsPerEpoch * kWholeEpochs;

// The events in one process of the run.
struct WholeLife {
  int64_t save_every = 2;  // steps; 0: every epoch
  bool background = false;
  bool freezes = false;  // in the background, with a budget that holds one variable of three
  int64_t kill_at = -1;  // the process dies in this step, after the step has changed everything
  int64_t stop_at = -1;  // the process is asked to stop when so many steps are done
  double now = 1'700'000'000;
};

// Weights, slots, statistics, a learning rate that a callback changes, two generators, and data in
// a shuffled order that are read ahead. Each depends on the past of the others.
class WholeRun {
 public:
  WholeRun(FileSystem& fs, const WholeLife& life)
      : fs_(fs),
        life_(life),
        monitors_(fs, "run", NoLog(), {.clock = [now = life.now] { return now; }}),
        saver_(fs, "run", session_, components_, SaverOptions(life)),
        periodic_(saver_, {.every_k_steps = life.save_every,
                           .every_k_epochs = life.save_every == 0 ? 1 : 0}),
        min_saver_(monitors_, saver_, "loss") {
    EXPECT_TRUE(session_.Add("w", weights_, {2, 3}, {.trainable = true}).ok());
    EXPECT_TRUE(session_.Add("w/Momentum", momentum_, {2, 3}).ok());
    EXPECT_TRUE(session_.Add("global_step", global_step_).ok());
    if (life.freezes) session_.AllowFreezing();
    components_.AddGenerator("random", random_);
    components_.AddGenerator("noise", noise_);
    components_.SetData(data_);
    for (Callback* callback :
         {static_cast<Callback*>(&periodic_), static_cast<Callback*>(&min_saver_),
          static_cast<Callback*>(&monitors_), static_cast<Callback*>(&decay_)})
      components_.Add(*callback);
  }

  // Resumes, and trains to the end or until the process dies or is stopped. kCancelled: it died.
  Result<TrainEnd> Live() {
    CAIRN_ASSIGN_OR_RETURN(
        const auto config,
        AutoResumeTrainConfig::Make(
            fs_, "run",
            {.step = [this](const TrainPosition& position) { return Step(position); },
             .components = &components_,
             .session = &session_,
             .steps_per_epoch = kWholeStepsPerEpoch,
             .max_epoch = kWholeEpochs,
             .should_stop = [this] { return global_step_ == life_.stop_at; }}));
    return Train(config);
  }

 private:
  static ModelSaverOptions SaverOptions(const WholeLife& life) {
    ModelSaverOptions options = {.retention = {.max_to_keep = 2},
                                 .background = life.background,
                                 .clock = [now = life.now] { return now; }};
    if (life.freezes) options.copy_budget = 64;
    options.save.transfer.threads = 1;
    return options;
  }

  Status Step(const TrainPosition& position) {
    session_.WaitUntilReleased();
    for (int i = 0; i < 3; ++i) {
      CAIRN_ASSIGN_OR_RETURN(const std::optional<uint64_t> index, data_.Next());
      const size_t at = *index % weights_.size();
      momentum_[at] = 0.9f * momentum_[at] + static_cast<float>(*index) + noise_(random_);
      weights_[at] -= rate_ * momentum_[at];
    }
    ++global_step_;
    monitors_.Put("loss", std::abs(std::sin(static_cast<double>(weights_[0] + weights_[3]))));
    if (position.step == life_.kill_at) return Status(Reason::kCancelled, "killed");
    return {};
  }

  FileSystem& fs_;
  WholeLife life_;
  std::vector<float> weights_ = std::vector<float>(6, 1), momentum_ = std::vector<float>(6);
  int64_t global_step_ = 0;
  float rate_ = 0.1f;
  std::mt19937 random_{5};
  std::normal_distribution<float> noise_;
  ShuffledIndices indices_{7, 3};  // an epoch of data is not one of training
  Prefetched<uint64_t> data_{indices_, 4};
  MemorySession session_;
  RunComponents components_;
  FunctionCallback decay_{
      "Decay",
      {.trigger = [this](const TrainPosition&) { return rate_ *= 0.7f, Status(); },
       .save_state = [this] { return std::to_string(rate_); },
       .load_state =
           [this](std::string_view text) {
             return rate_ = std::stof(std::string(text)), Status();
           }}};
  Monitors monitors_;
  ModelSaver saver_;
  PeriodicTrigger periodic_;
  MinSaver min_saver_;
};

inline Result<TrainEnd> Live(FileSystem& fs, const WholeLife& life) {
  return WholeRun(fs, life).Live();
}

// "loss 0.5 at 3" for each scalar of all event files, in the order of their names; without times.
inline std::string EventsOf(FileSystem& fs) {
  std::string text;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    EventReader reader(*fs.OpenForReading(JoinPath("run", name), Access::kRead));
    while (true) {
      const auto event = reader.Next();
      if (!event.ok()) text += std::string(event.status().message()) + "\n";
      if (!event.ok() || !event->has_value()) break;
      for (const ScalarEvent& scalar : (*event)->scalars)
        text += scalar.tag + " " + testing::PrintToString(scalar.value) + " at " +
                std::to_string((*event)->step) + "\n";
    }
  }
  return text;
}

// Everything that a run leaves: the checksum of each file by its name, the text of stats.json, the
// events, and the names in the state file, without its times. The lock, which counts the processes,
// is left out, and so is what was moved aside: the statistics of a process that was killed before
// its first checkpoint.
using WholeContents = std::map<std::string, std::string>;
inline WholeContents WholeContentsOf(MemoryFileSystem& fs) {
  WholeContents contents;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    const auto content = fs.Get("run/" + name);
    const bool is_aside = name.starts_with(std::string(kStatsFileName) + ".");
    const bool is_file = content.ok() && !name.starts_with(kEventFilePrefix);
    if (!is_file || is_aside || name == kRunLockName) continue;
    contents[name] = name == kStatsFileName ? std::string(AsText(*content)) : Hex(Crc32c(*content));
  }
  contents["events"] = EventsOf(fs);
  const Result<StateFile> state = ReadStateFile(fs, "run");
  if (!state.ok()) return contents;
  std::string& listed = contents[std::string(kStateFileName)] = state->latest + ":";
  for (const std::string& path : state->all) listed += " " + path;
  return contents;
}

// Returns the files of a run that was not disturbed.
inline const WholeContents& UndisturbedWhole(int64_t save_every) {
  static std::map<int64_t, WholeContents> known;
  WholeContents& contents = known[save_every];
  if (!contents.empty()) return contents;
  MemoryFileSystem fs;
  const auto end = Live(fs, {.save_every = save_every});
  EXPECT_TRUE(end.ok()) << end.status().message();
  return contents = WholeContentsOf(fs);
}

}  // namespace cairn

#endif  // CAIRN_TRAIN_WHOLE_RUN_FIXTURE_H_
