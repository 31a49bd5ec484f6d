#include "cairn/train/best_saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cairn/io/memory_file_system.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/state_file.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/temp_directory.h"
#include "cairn/train/function_callback.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::IsEmpty;
using testing::IsSupersetOf;

class ListLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    if (level == LogLevel::kInfo) infos.emplace_back(line);
    if (level != LogLevel::kInfo) troubles.emplace_back(line);
  }
  std::vector<std::string> infos, troubles;

 private:
  std::mutex mutex_;
};

// One process of a run with a statistic `probe` after each epoch.
struct ProbedRun {
  int64_t steps_per_epoch = 1;
  ModelSaverOptions saver = {};
  bool is_min_first = false;      // MinSaver is added before all others
  int64_t save_every_epochs = 1;  // ModelSaver's own period
  bool has_saver = true;          // ModelSaver is a callback of the run
  bool resumes = false;
  std::function<void(int64_t epoch)> after_epoch = nullptr;
  std::string filename = {};

  ListLog log = {};
  std::optional<BestSaver::Best> best = {};

  Status Train(FileSystem& fs, const std::string& directory, const std::vector<double>& probes) {
    ToyRun run;
    Monitors monitors(fs, directory, log);
    saver.log = &log;
    ModelSaver model_saver(fs, directory, run.session, run.components, saver);
    PeriodicTrigger periodic(model_saver, {.every_k_epochs = save_every_epochs});
    MinSaver min_saver(monitors, model_saver, "probe", {.filename = filename, .log = &log});
    FunctionCallback probe("Probe", {.trigger = [&](const TrainPosition& position) {
                             monitors.Put("probe", probes[static_cast<size_t>(position.epoch) - 1]);
                             return Status();
                           }});
    FunctionCallback spoil("Spoil", {.after_epoch = [&](const TrainPosition& position) {
                             if (after_epoch) after_epoch(position.epoch);
                             return Status();
                           }});
    if (is_min_first) run.components.Add(min_saver);
    if (has_saver) run.components.Add(periodic);
    run.components.Add(monitors);
    run.components.Add(probe);
    run.components.Add(spoil);
    if (!is_min_first) run.components.Add(min_saver);
    TrainConfig config{.step = [&](const TrainPosition&) { return run.Step(), Status(); },
                       .components = &run.components,
                       .steps_per_epoch = steps_per_epoch,
                       .max_epoch = static_cast<int64_t>(probes.size())};
    if (resumes) {
      CAIRN_ASSIGN_OR_RETURN(const Resumed resumed,
                             Resume(fs, directory, run.session, run.components));
      config.resume_at = resumed.position;
    }
    const Status trained = cairn::Train(config).status();
    best = min_saver.best();
    return trained;
  }
};

// The names of the checkpoints of a directory, each with the step in its run state.
std::map<std::string, int64_t> StepsIn(FileSystem& fs, const std::string& directory) {
  std::map<std::string, int64_t> steps;
  const Result<RunDirectory> run = ScanRunDirectory(fs, directory);
  if (!run.ok()) return steps;
  for (const RunCheckpoint& checkpoint : run->checkpoints)
    steps[checkpoint.name] = checkpoint.step.value_or(-1);
  return steps;
}

// --- As tensorpack does ---

using Json = nlohmann::json;

Json RecordedCallbacks() {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) return {};
  std::ifstream file(std::string(corpus) + "/tensorpack/callbacks.json");
  return Json::parse(file);
}

// Returns the steps of the checkpoints with which a recorded run ends, by name.
std::map<std::string, int64_t> RecordedSteps(const Json& after) {
  std::map<std::string, int64_t> steps;
  for (const std::string name : after["files"]) {
    if (!name.ends_with(".index")) continue;
    const std::string prefix = name.substr(0, name.size() - std::string(".index").size());
    if (const auto step = StepOfSavedName(prefix)) steps[prefix] = *step;
  }
  for (const auto& [name, step] : after["global_step of copies"].items())
    steps["min-probe" + name.substr(std::string("min-validation_probe").size())] = step;
  return steps;
}

// Where we do otherwise: the steps by name, or an error, and the reason.
struct Ours {
  std::map<std::string, int64_t> steps;
  Reason error = Reason::kNone;
  std::string why;
};

const std::map<std::string, Ours> kOurs = {
    {"order usual; the statistic is NaN in epoch 1: nothing is smaller than NaN, the rest is never "
     "saved",
     {{{"model-8", 8}, {"model-12", 12}, {"min-probe", 12}}, {}, "NaN is never the best"}},
    {"order: InferenceRunner, MinSaver, ModelSaver (no checkpoint yet at the first trigger)",
     {{{"model-8", 8}, {"model-12", 12}, {"min-probe", 12}}, {}, "the order does not matter"}},
    {"the same order in a folder with a checkpoint of an earlier run",
     {{{"model-4", 4}}, Reason::kExists, "a run that is not resumed does not overwrite another"}},
    {"order: ModelSaver, MinSaver, InferenceRunner (the statistic of the epoch before)",
     {{{"model-12", 12}, {"model-16", 16}, {"min-probe", 16}}, {}, "the order does not matter"}},
    {"no ModelSaver at all", {{}, Reason::kArgument, "said before the training begins"}},
    {"ModelSaver every 2 epochs, MinSaver every epoch",
     {{{"model-12", 12}, {"model-16", 16}, {"min-probe", 16}}, {}, "a best step is saved"}},
    {"order: InferenceRunner, MinSaver, ModelSaver; new minimum at step 2, the latest checkpoint "
     "is "
     "model-12 of an earlier run: its name ends in 2, so it is copied",
     {{{"model-10", 10}, {"model-11", 11}, {"model-12", 12}},
      Reason::kExists,
      "a run that is not resumed does not overwrite another"}},
    {"stale files: model-10 to model-12 of an earlier run are there when model-1 is copied to "
     "min-validation_probe",
     {{{"model-10", 10}, {"model-11", 11}, {"model-12", 12}},
      Reason::kExists,
      "a run that is not resumed does not overwrite another"}},
    {"checkpoint folder removed during training",
     {{}, Reason::kChanged, "a run whose directory is gone does not make another one"}},
};

std::vector<double> ProbesOf(const Json& run) {
  std::vector<double> probes;
  for (const Json& probe : run["probe after each epoch"])
    probes.push_back(probe.is_string() ? std::nan("") : probe.get<double>());
  return probes;
}

// Makes the checkpoints that the directory had before.
void MakeEarlier(FileSystem& fs, const std::string& directory, const Json& before) {
  ToyRun run;
  ModelSaver saver(fs, directory, run.session, run.components, {.retention = {.max_to_keep = 0}});
  for (const auto& [name, step] : RecordedSteps(before))
    ASSERT_TRUE(saver.Save({.step = step}).ok());
}

TEST(RecordedBestSaverTest, KeepsWhatTensorpackKeepsAndMendsItsFaults) {
  const Json record = RecordedCallbacks();
  if (record.is_null()) GTEST_SKIP() << "CAIRN_CORPUS is not set";
  std::set<std::string> mended;
  for (const Json& run : record) {
    const std::string description = run["description"];
    SCOPED_TRACE(description);
    TempDirectory temp;
    FileSystem& fs = LocalFileSystem();
    const std::string directory = temp.path() + "/run";
    const Json& given = run["arguments"];
    const std::string order = given.value("order", "usual");
    const std::string spoil = given.value("spoil", "");
    ProbedRun probed{.steps_per_epoch = given.value("steps", 4),
                     .saver = {.retention = {.max_to_keep = given.value("max_to_keep", 2u),
                                             .keep_checkpoint_every_n_hours = 0}},
                     .is_min_first = order != "usual",
                     .save_every_epochs = order == "saver every 2 epochs" ? 2 : 1,
                     .has_saver = order != "no saver"};
    if (!spoil.empty()) {
      probed.after_epoch = [&](int64_t epoch) {
        if (epoch == 2) (void)fs.Rename(directory, directory + "-gone");
      };
    }
    if (run.contains("before")) MakeEarlier(fs, directory, run["before"]);
    const Status trained = probed.Train(fs, directory, ProbesOf(run));

    const auto ours = kOurs.find(description);
    if (ours != kOurs.end()) {
      mended.insert(description);
      EXPECT_EQ(trained.reason(), ours->second.error) << trained.message();
      EXPECT_EQ(StepsIn(fs, directory), ours->second.steps) << ours->second.why;
      continue;
    }
    ASSERT_TRUE(run["outcome"]["error"].is_null())
        << "tensorpack fails, and nothing says what we do";
    EXPECT_TRUE(trained.ok()) << trained.message();
    EXPECT_EQ(StepsIn(fs, directory), RecordedSteps(run["after"]));
    const Json& best = run["outcome"]["best"][0]["best"];
    EXPECT_EQ(probed.best->step, best[0].get<int64_t>());
    EXPECT_NEAR(probed.best->value, best[1].get<double>(), 1e-6);
    EXPECT_THAT(probed.log.troubles, IsEmpty());
  }
  EXPECT_EQ(mended.size(), kOurs.size());
}

// --- Ours ---

struct BestSaverTest : testing::Test {
  MemoryFileSystem fs;
  ModelSaverOptions keep_two{.retention = {.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0}};

  std::map<std::string, int64_t> Steps() { return StepsIn(fs, "run"); }
};

TEST_F(BestSaverTest, SaysWhatItKeeps) {
  ProbedRun run{.saver = keep_two};
  ASSERT_TRUE(run.Train(fs, "run", {0.5, 0.25}).ok());
  EXPECT_THAT(run.log.infos,
              IsSupersetOf({"Model saved to run/model-1.",
                            "Model at global_step=1 with minimum probe=0.5 saved.",
                            "Model at global_step=2 with minimum probe=0.25 saved."}));
}

TEST_F(BestSaverTest, TheBestValueSurvivesAResume) {
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "run", {0.5, 0.2}).ok()));
  ProbedRun second{.saver = keep_two, .resumes = true};
  ASSERT_TRUE(second.Train(fs, "run", {0.5, 0.2, 0.4, 0.3}).ok());
  EXPECT_EQ(second.best, (BestSaver::Best{2, 0.2}));
  EXPECT_EQ(Steps()["min-probe"], 2);
}

TEST_F(BestSaverTest, ACopyThatACrashPreventedIsMadeOnResume) {
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "run", {0.5, 0.2}).ok()));
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (name.starts_with("min-probe")) {
      ASSERT_TRUE(fs.Remove("run/" + name).ok());
    }
  }
  ASSERT_EQ(Steps().count("min-probe"), 0u);
  ProbedRun second{.saver = keep_two, .resumes = true};
  ASSERT_TRUE(second.Train(fs, "run", {0.5, 0.2, 0.4}).ok());
  EXPECT_EQ(Steps()["min-probe"], 2);
}

TEST_F(BestSaverTest, AResumedRunLeavesAGoodCopyAsItIs) {
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "run", {0.5, 0.2}).ok()));
  const std::vector<std::string> before = *fs.List("run");
  ProbedRun second{.saver = keep_two, .resumes = true};
  ASSERT_TRUE(second.Train(fs, "run", {0.5, 0.2}).ok());
  EXPECT_EQ(*fs.List("run"), before);
}

TEST_F(BestSaverTest, ABestCheckpointDoesNotWinOverTheNewestOnResume) {
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "run", {0.1, 0.2, 0.3}).ok()));
  ToyRun run;
  const auto resumed = Resume(fs, "run", run.session, run.components);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ(resumed->checkpoint, "run/model-3");
}

TEST_F(BestSaverTest, InTheBackgroundItIsTheSame) {
  MemoryFileSystem other;
  ProbedRun blocking{.saver = keep_two};
  ASSERT_TRUE(blocking.Train(fs, "run", {3, 1, 2, 0.5, 4}).ok());
  for (const IfStillSaving policy :
       {IfStillSaving::kWait, IfStillSaving::kSkip, IfStillSaving::kReplaceWaiting}) {
    MemoryFileSystem background;
    ProbedRun run{.saver = keep_two};
    run.saver.background = true;
    run.saver.if_still_saving = policy;
    ASSERT_TRUE(run.Train(background, "run", {3, 1, 2, 0.5, 4}).ok());
    EXPECT_EQ(StepsIn(background, "run")["min-probe"], 4);
    EXPECT_EQ(run.best, blocking.best);
  }
}

TEST_F(BestSaverTest, EachFormatHasItsCopies) {
  keep_two.format = CheckpointFormat::kNpz;
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "run", {2, 1, 3}).ok()));
  EXPECT_EQ(Steps()["min-probe.npz"], 2);
  keep_two.format = CheckpointFormat::kSafetensors;
  ASSERT_TRUE((ProbedRun{.saver = keep_two}.Train(fs, "other", {2, 1, 3}).ok()));
  EXPECT_EQ(StepsIn(fs, "other")["min-probe.safetensors"], 2);
}

TEST_F(BestSaverTest, ABestCheckpointThatCouldNotBeSavedIsNotWhatOthersMustBeat) {
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kSync,
                          .reason = Reason::kNoSpace,
                          .repeat = Repeat::kSticky,
                          .path_part = "model-2."});
  ProbedRun run{.saver = keep_two};
  ASSERT_TRUE(run.Train(faulty, "run", {0.5, 0.1, 0.3}).ok());
  EXPECT_EQ(run.best, (BestSaver::Best{3, 0.3}));
  EXPECT_EQ(Steps()["min-probe"], 3);
}

TEST_F(BestSaverTest, RefusesNamesThatAreNotItsOwn) {
  for (const char* name : {"model-7", "checkpoint", "best/one"}) {
    ProbedRun run{.saver = keep_two, .filename = name};
    EXPECT_EQ(run.Train(fs, "run", {1}).reason(), Reason::kArgument) << name;
  }
}

TEST_F(BestSaverTest, AStateThatIsNotItsOwnIsRefused) {
  ToyRun toy;
  Monitors monitors(fs, "run", NoLog());
  ModelSaver saver(fs, "run", toy.session, toy.components);
  MaxSaver best(monitors, saver, "accuracy");
  EXPECT_EQ(best.filename(), "max-accuracy");
  for (const char* state : {"", "12", "12 ", "x 0.5", "12 0.5 ", "12 nan", "-1 0.5", "12 0.5x"})
    EXPECT_EQ(best.LoadState(state).reason(), Reason::kFormat) << state;
  EXPECT_TRUE(best.LoadState("12 0.30000001192092896").ok());
  EXPECT_EQ(best.SaveState(), "12 0.30000001192092896");
  EXPECT_EQ(best.best(), (BestSaver::Best{12, 0.30000001192092896}));
}

}  // namespace
}  // namespace cairn
