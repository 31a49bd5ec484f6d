// A toy run that saves after every step, and the judge of what a crash left of it.
#ifndef CAIRN_TRAIN_DURABLE_RUN_FIXTURE_H_
#define CAIRN_TRAIN_DURABLE_RUN_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/state/run_directory.h"
#include "cairn/train/toy_run.h"

namespace cairn {

inline constexpr int64_t kOldStep = 3;  // The step that is acknowledged before the crash.
inline constexpr int64_t kNewStep = 4;  // The step that is saved when the crash comes.
inline constexpr int64_t kEndStep = 6;  // The step at which the training ends.

// How a run saves. Each save is over, with success or an error, before the next step, so the calls
// of the file system come in the same order each time.
enum class SaveMode : uint8_t {
  kBlocking,
  kInBackground,
  kWhileTraining,  // in the background, while further steps change all that is being saved
  kFrozen,         // the same with a budget that holds one variable: the others are frozen
};
inline constexpr std::array<SaveMode, 4> kSaveModes = {SaveMode::kBlocking, SaveMode::kInBackground,
                                                       SaveMode::kWhileTraining, SaveMode::kFrozen};
inline std::string ToString(SaveMode mode) {
  constexpr std::array<std::string_view, 4> kNames = {"blocking", "in the background",
                                                      "while training", "frozen"};
  return std::string(kNames[static_cast<size_t>(mode)]);
}

inline constexpr std::array<CheckpointFormat, 3> kFormats = {
    CheckpointFormat::kTensorFlow, CheckpointFormat::kSafetensors, CheckpointFormat::kNpz};
inline std::string ToString(CheckpointFormat format) {
  constexpr std::array<std::string_view, 3> kNames = {"tensorflow", "safetensors", "npz"};
  return std::string(kNames[static_cast<size_t>(format)]);
}

struct RunOptions {
  uint64_t max_to_keep = 2;
  uint64_t max_shard_nbytes = 0;  // 0 = one data file
  SaveMode mode = SaveMode::kBlocking;
  SaveDurability durability = SaveDurability::kPower;
  CheckpointFormat format = CheckpointFormat::kTensorFlow;
};

// One thread, so that the order of calls is the same each time, and small buffers.
inline TransferOptions SmallTransfer() {
  return {.threads = 1, .memory_budget = uint64_t{1} << 16};
}

// The state of the run, as the text of everything in it.
inline std::string Fingerprint(ToyRun& run) {
  std::string text = *FormatRunState(*run.components.Save({}));
  for (const float weight : run.weights) text += "," + std::to_string(std::bit_cast<int>(weight));
  for (const int64_t value : run.history) text += "," + std::to_string(value);
  return text + run.words[0];
}

// The fingerprint of a run to which nothing happened, after `step` steps.
inline const std::string& FingerprintAt(int64_t step) {
  static std::map<int64_t, std::string> known;
  std::string& text = known[step];
  if (!text.empty()) return text;
  ToyRun run;
  for (int64_t i = 0; i < step; ++i) run.Step();
  return text = Fingerprint(run);
}

// Trains on, and takes the run back to where it was at the end of its life.
class TrainsMeanwhile {
 public:
  explicit TrainsMeanwhile(ToyRun& run)
      : run_(run),
        weights_(run.weights),
        history_(run.history),
        words_(run.words),
        random_(run.random),
        normal_(run.normal),
        data_(run.data) {
    run.session.WaitUntilReleased();
    for (int i = 0; i < 3; ++i) run.Step();
    std::ranges::fill(run.weights, -1.0f);
    std::ranges::fill(run.history, -1);
    std::ranges::fill(run.words, "another word");
  }
  TrainsMeanwhile(const TrainsMeanwhile&) = delete;
  ~TrainsMeanwhile() {
    run_.weights = weights_, run_.history = history_, run_.words = words_;
    run_.random = random_, run_.normal = normal_, run_.data = data_;
  }

 private:
  ToyRun& run_;
  const std::vector<float> weights_;
  const std::vector<int64_t> history_;
  const std::vector<std::string> words_;
  const std::mt19937 random_;
  const std::normal_distribution<float> normal_;
  const int64_t data_;
};

// A run in one process.
struct Process {
  ToyRun run;
  std::string directory;
  SaveMode mode;
  ModelSaver saver;
  int64_t step = 0;

  explicit Process(FileSystem& fs, const RunOptions& options = {},
                   const std::string& run_directory = "run")
      : directory(run_directory),
        mode(options.mode),
        saver(fs, directory, run.session, run.components, SaverOptions(options)) {
    if (mode == SaveMode::kFrozen) run.session.AllowFreezing();
  }

  Result<Resumed> Resume(FileSystem& fs) {
    ResumeOptions options;
    options.verify.transfer = SmallTransfer();
    Result<Resumed> resumed = cairn::Resume(fs, directory, run.session, run.components, options);
    if (resumed.ok()) step = resumed->position.step;
    return resumed;
  }
  void Step() { run.Step(), ++step; }
  Status Save() {
    CAIRN_RETURN_IF_ERROR(saver.Save({.step = step}).status());
    if (mode == SaveMode::kBlocking || mode == SaveMode::kInBackground) return saver.Wait();
    const TrainsMeanwhile training(run);
    return saver.Wait();
  }
  Status SaveUntil(int64_t end) {
    while (step < end) {
      Step();
      CAIRN_RETURN_IF_ERROR(Save());
    }
    return {};
  }

 private:
  static ModelSaverOptions SaverOptions(const RunOptions& options) {
    ModelSaverOptions saver_options = {.retention = {.max_to_keep = options.max_to_keep},
                                       .format = options.format,
                                       .durability = options.durability,
                                       .background = options.mode != SaveMode::kBlocking,
                                       .clock = [] { return 1'700'000'000.0; }};
    if (options.mode == SaveMode::kFrozen) saver_options.copy_budget = 64;
    saver_options.save.max_shard_nbytes = options.max_shard_nbytes;
    saver_options.save.transfer = SmallTransfer();
    return saver_options;
  }
};

// The checksum of each file by its name. For the state file it is the names that it lists, since
// its times depend on what had to be guessed after a crash. The lock, which counts the processes,
// is left out.
using Contents = std::map<std::string, std::string>;

inline Contents ContentsOf(MemoryFileSystem& fs, const std::string& directory = "run") {
  Contents contents;
  const std::vector<std::string> names = *fs.List(directory);
  for (const std::string& name : names) {
    if (name == kRunLockName) continue;
    if (const auto content = fs.Get(directory + "/" + name); content.ok())
      contents[name] = Hex(Crc32c(*content));
  }
  const Result<StateFile> state = ReadStateFile(fs, directory);
  if (!state.ok()) return contents;
  std::string& listed = contents[std::string(kStateFileName)] = state->latest + ":";
  for (const std::string& path : state->all) listed += " " + path;
  return contents;
}

// The directory at kEndStep of a run to which nothing happened, and which saved without a thread
// and for a power cut: neither may change a byte.
inline const Contents& UndisturbedEnd(const RunOptions& options = {}) {
  static std::map<std::tuple<uint64_t, uint64_t, CheckpointFormat>, Contents> known;
  Contents& contents = known[{options.max_to_keep, options.max_shard_nbytes, options.format}];
  if (!contents.empty()) return contents;
  MemoryFileSystem fs;
  RunOptions blocking = options;
  blocking.mode = SaveMode::kBlocking;
  blocking.durability = SaveDurability::kPower;
  EXPECT_TRUE(Process(fs, blocking).SaveUntil(kEndStep).ok());
  return contents = ContentsOf(fs);
}

// The disk as the next process finds it when this one is killed: the page cache stays.
inline std::unique_ptr<MemoryFileSystem> AfterKill(const MemoryFileSystem& fs) {
  const UnsyncedChanges changes = fs.ListUnsyncedChanges();
  return fs.AfterPowerCut(
      PowerCut{std::vector<bool>(changes.names.size(), true),
               std::vector<FileRemains>(changes.files.size(), FileRemains::kComplete)});
}

// The conditions that must hold after a crash.
struct Promise {
  int64_t oldest = 0;        // The run resumes at this step or a later one,
  int64_t newest = 0;        // but not after this one.
  uint64_t num_sound = 0;    // At least so many checkpoints verify.
  std::string damaged = {};  // The name of a checkpoint that was damaged before; "" = none.
  std::string directory = "run";
};

// The worst of the promises that a crash broke.
enum class Breach : uint8_t {
  kNone,
  kOtherEnd,    // The training does not go on, or does not end as an undisturbed run does.
  kTornState,   // The state file cannot be read, or its latest checkpoint is not there. Cairn
                // resumes without it, TensorFlow does not.
  kTooFew,      // There are fewer checkpoints than retention promises.
  kTorn,        // A checkpoint that does not verify has its final name.
  kWrongState,  // The resumed run is not in the state of its step.
  kLost,        // Nothing can be resumed, or only an older step than was acknowledged.
};
inline constexpr std::array<std::string_view, 7> kBreachNames = {
    "good", "other end", "torn state file", "too few", "torn", "wrong state", "lost"};
inline std::ostream& operator<<(std::ostream& out, Breach breach) {
  return out << kBreachNames[static_cast<size_t>(breach)];
}

struct Judgement {
  Breach breach = Breach::kNone;
  std::string why = {};
};

inline Judgement JudgeStateFile(FileSystem& fs, const RunDirectory& run, const Promise& promise) {
  const Result<StateFile> state = ReadStateFile(fs, promise.directory);
  if (state.status().reason() == Reason::kMissing) return {};
  if (!state.ok()) return {Breach::kTornState, std::string(state.status().message())};
  // On a full disk, old ones go before there is room for a state file that no longer names them.
  // The latest is there.
  const bool is_there = std::ranges::any_of(run.checkpoints, [&](const RunCheckpoint& checkpoint) {
    return checkpoint.name == state->latest;
  });
  if (is_there || state->latest == promise.damaged) return {};
  return {Breach::kTornState, "the state file names " + state->latest + ", which is not there"};
}

inline Judgement JudgeCheckpoints(FileSystem& fs, const Promise& promise) {
  const Result<RunDirectory> run = ScanRunDirectory(fs, promise.directory);
  if (!run.ok()) return {Breach::kLost, std::string(run.status().message())};
  VerifyOptions options;
  options.transfer = SmallTransfer();
  uint64_t num_sound = 0;
  for (const RunCheckpoint& checkpoint : run->checkpoints) {
    // The index gets its final name last, so each checkpoint in the listing must verify, except one
    // that the test itself damaged.
    const auto report = Verify(fs, promise.directory + "/" + checkpoint.name, options);
    if (report.ok() && report->ok()) {
      ++num_sound;
    } else if (checkpoint.name != promise.damaged) {
      return {Breach::kTorn, checkpoint.name + " does not verify"};
    }
  }
  if (num_sound < promise.num_sound)
    return {Breach::kTooFew, std::to_string(num_sound) + " checkpoints verify"};
  return JudgeStateFile(fs, *run, promise);
}

// Resumes in a new process, trains to the end and compares the directory with that of a run to
// which nothing happened.
inline Judgement JudgeRun(MemoryFileSystem& fs, const Promise& promise, const RunOptions& options) {
  Process process(fs, options, promise.directory);
  const Result<Resumed> resumed = process.Resume(fs);
  if (!resumed.ok()) return {Breach::kLost, std::string(resumed.status().message())};
  if (process.step < promise.oldest) return {Breach::kLost, resumed->ToString()};
  if (process.step > promise.newest) return {Breach::kWrongState, resumed->ToString()};
  if (Fingerprint(process.run) != FingerprintAt(process.step))
    return {Breach::kWrongState, "step " + std::to_string(process.step) + " is not as it was"};
  const Status status = process.SaveUntil(kEndStep);
  if (!status.ok()) return {Breach::kOtherEnd, std::string(status.message())};
  const Contents end = ContentsOf(fs, promise.directory);
  if (end == UndisturbedEnd(options)) return {};
  return {Breach::kOtherEnd, "the directory ends as " + testing::PrintToString(end)};
}

inline Judgement Judge(MemoryFileSystem& fs, const Promise& promise,
                       const RunOptions& options = {}) {
  Judgement checkpoints = JudgeCheckpoints(fs, promise);
  Judgement run = JudgeRun(fs, promise, options);
  return run.breach > checkpoints.breach ? run : checkpoints;
}

}  // namespace cairn

#endif  // CAIRN_TRAIN_DURABLE_RUN_FIXTURE_H_
