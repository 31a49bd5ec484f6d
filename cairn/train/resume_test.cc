#include "cairn/train/resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/values.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Every file of the directory but the state file, which has the clock in it, and the lock, which
// counts the processes.
using Contents = std::map<std::string, std::vector<std::byte>>;
Contents ContentsOf(MemoryFileSystem& fs, const std::string& directory) {
  Contents contents;
  const std::vector<std::string> names = *fs.List(directory);
  for (const std::string& name : names) {
    const Result<std::vector<std::byte>> content = fs.Get(directory + "/" + name);
    if (name != kStateFileName && name != kRunLockName && content.ok()) contents[name] = *content;
  }
  return contents;
}

ModelSaverOptions KeepTwo() {
  ModelSaverOptions options = {.retention = {.max_to_keep = 2}};
  options.save.transfer.threads = 1;
  return options;
}

// One process: resumes, and trains to the end or until step `kill_at` begins.
Status Live(FileSystem& fs, int64_t every_n_steps, int64_t kill_at) {
  ToyRun run;
  ModelSaver saver(fs, "run", run.session, run.components, KeepTwo());
  PeriodicTrigger periodic(
      saver, {.every_k_steps = every_n_steps, .every_k_epochs = every_n_steps == 0 ? 1 : 0});
  run.components.Add(periodic);  // the first to be added, and all the same the last to be called
  run.components.Add(run.epochs);
  CAIRN_ASSIGN_OR_RETURN(const Resumed resumed, Resume(fs, "run", run.session, run.components));
  const auto step = [&](const TrainPosition& position) -> Status {
    if (position.step == kill_at) return Status(Reason::kCancelled, "killed");
    run.Step();
    return {};
  };
  return Train({.step = step,
                .components = &run.components,
                .steps_per_epoch = 5,
                .max_epoch = 4,
                .resume_at = resumed.position})
      .status();
}

class InterruptedTest : public testing::TestWithParam<int64_t> {};

TEST_P(InterruptedTest, EndsWithTheBytesOfAnUninterruptedRun) {
  MemoryFileSystem straight;
  ASSERT_TRUE(Live(straight, GetParam(), -1).ok());
  const Contents expected = ContentsOf(straight, "run");
  ASSERT_EQ(expected.size(), 4u);
  for (int64_t kill_at = 0; kill_at < 20; ++kill_at) {
    MemoryFileSystem fs;
    EXPECT_EQ(Live(fs, GetParam(), kill_at).reason(), Reason::kCancelled);
    EXPECT_TRUE(Live(fs, GetParam(), -1).ok());
    EXPECT_EQ(ContentsOf(fs, "run"), expected) << "killed at step " << kill_at;
  }
}

TEST_P(InterruptedTest, SoDoesOneThatIsInterruptedAgainAndAgain) {
  MemoryFileSystem straight, fs;
  ASSERT_TRUE(Live(straight, GetParam(), -1).ok());
  for (int64_t kill_at = 0; kill_at < 20; ++kill_at)
    EXPECT_EQ(Live(fs, GetParam(), kill_at).reason(), Reason::kCancelled);
  EXPECT_TRUE(Live(fs, GetParam(), -1).ok());
  EXPECT_EQ(ContentsOf(fs, "run"), ContentsOf(straight, "run"));
}

// 0 is after every epoch; 5 is at the last step of every epoch, which is after it as well.
INSTANTIATE_TEST_SUITE_P(SavedEvery, InterruptedTest, testing::Values(0, 1, 2, 3, 5, 7),
                         testing::PrintToStringParamName());

struct ResumeTest : testing::Test {
  MemoryFileSystem fs;
  ToyRun run;

  void SaveSteps(std::initializer_list<int64_t> steps) {
    ToyRun earlier;
    ModelSaver saver(fs, "run", earlier.session, earlier.components,
                     {.retention = {.max_to_keep = 9}});
    for (const int64_t step : steps) {
      earlier.Step();
      ASSERT_TRUE(saver.Save({.step = step, .epoch = step / 10}).ok());
      saved_weights[step] = earlier.weights;
    }
  }
  void Spoil(const std::string& path) {
    std::vector<std::byte> content = *fs.Get(path);
    content[content.size() / 2] ^= std::byte{1};
    ASSERT_TRUE(fs.Put(path, content).ok());
  }
  Result<Resumed> ResumeRun(const ResumeOptions& options = {}) {
    return Resume(fs, "run", run.session, run.components, options);
  }

  std::map<int64_t, std::vector<float>> saved_weights;
};

TEST_F(ResumeTest, NamesReachTheTerminalEscaped) {
  SaveSteps({10, 11, 12});
  for (const auto& [step, name] : {std::pair("11", "run/a\x1b[2J-11"), {"12", "run/b\n-12"}}) {
    for (const char* end : {".index", ".data-00000-of-00001"})
      ASSERT_TRUE(fs.Rename(std::string("run/model-") + step + end, std::string(name) + end).ok());
  }
  Spoil("run/b\n-12.index");
  const Result<Resumed> resumed = ResumeRun();
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->checkpoint, "run/a\x1b[2J-11");
  const std::string text = resumed->ToString();
  EXPECT_THAT(text, HasSubstr("resumed from run/a\\x1b[2J-11: step 11"));
  EXPECT_THAT(text, HasSubstr("passed over b\\n-12: "));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(ResumeTest, TakesTheNewest) {
  SaveSteps({9, 10, 11});
  const Result<Resumed> resumed = ResumeRun();
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->checkpoint, "run/model-11");
  EXPECT_EQ(resumed->position, (TrainPosition{11, 1, 0}));
  EXPECT_TRUE(resumed->has_run_state);
  EXPECT_THAT(resumed->passed_over, IsEmpty());
  EXPECT_THAT(resumed->notes, IsEmpty());
  EXPECT_EQ(resumed->ToString(), "resumed from run/model-11: step 11, 1 epoch done\n");
  EXPECT_EQ(run.weights, saved_weights[11]);
}

TEST_F(ResumeTest, BeginsFromScratchWhereThereIsNothing) {
  for (const char* directory : {"run", "deeper/run"}) {
    const Result<Resumed> resumed = Resume(fs, directory, run.session, run.components);
    ASSERT_TRUE(resumed.ok()) << resumed.status().message();
    EXPECT_FALSE(resumed->checkpoint);
    EXPECT_EQ(resumed->position, TrainPosition{});
    EXPECT_EQ(resumed->ToString(), "no checkpoint: from scratch\n");
    ASSERT_TRUE(fs.CreateDirectories("deeper/run").ok());
  }
}

TEST_F(ResumeTest, SaysWhyNewerOnesWerePassedOver) {
  SaveSteps({1, 2, 3, 4});
  Spoil("run/model-4.data-00000-of-00001");
  Spoil("run/model-3.index");
  const Result<Resumed> resumed = ResumeRun();
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->checkpoint, "run/model-2");
  EXPECT_THAT(resumed->passed_over, ElementsAre(HasSubstr("model-4"), HasSubstr("model-3")));
  EXPECT_THAT(resumed->ToString(), HasSubstr("passed over model-4"));
  EXPECT_EQ(run.weights, saved_weights[2]);
}

TEST_F(ResumeTest, ADamagedStateFileDoesNotMatter) {
  SaveSteps({1, 2});
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes("\"")).ok());
  const Result<Resumed> resumed = ResumeRun();
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->checkpoint, "run/model-2");
  EXPECT_THAT(resumed->notes, Not(IsEmpty()));
}

TEST_F(ResumeTest, AStateFileThatNamesAnOlderOneDoesNotMatter) {
  SaveSteps({1, 2});
  ASSERT_TRUE(WriteStateFile(fs, "run", {"model-1", {"model-1"}, {}, {}}).ok());
  EXPECT_EQ(ResumeRun()->checkpoint, "run/model-2");
}

TEST_F(ResumeTest, NeverBeginsFromScratchSilentlyWhenNoneVerifies) {
  SaveSteps({1, 2});
  Spoil("run/model-1.index");
  Spoil("run/model-2.index");
  const std::vector<float> before = run.weights;
  const Status status = ResumeRun().status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.hint()), HasSubstr("kStartFresh"));
  EXPECT_EQ(run.weights, before);
  const Result<Resumed> fresh = ResumeRun({.if_nothing_good = IfNothingGood::kStartFresh});
  ASSERT_TRUE(fresh.ok()) << fresh.status().message();
  EXPECT_FALSE(fresh->checkpoint);
  EXPECT_THAT(fresh->notes, Contains(HasSubstr("started fresh")));
}

TEST_F(ResumeTest, NorWhenOnlyTheStateFileIsLeft) {
  SaveSteps({1});
  ASSERT_TRUE(fs.Remove("run/model-1.index").ok());
  ASSERT_TRUE(fs.Remove("run/model-1.data-00000-of-00001").ok());
  EXPECT_EQ(ResumeRun().status().code(), StatusCode::kDataLoss);
  const Result<Resumed> fresh = ResumeRun({.if_nothing_good = IfNothingGood::kStartFresh});
  ASSERT_TRUE(fresh.ok()) << fresh.status().message();
  EXPECT_THAT(fresh->notes, Contains(HasSubstr("started fresh")));
}

TEST_F(ResumeTest, AFirstSaveThatNeverCommittedIsNoted) {
  ASSERT_TRUE(fs.Put("run/model-1.data-00000-of-00001", AsBytes("half")).ok());
  const Result<Resumed> resumed = ResumeRun();
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_FALSE(resumed->checkpoint);
  EXPECT_THAT(resumed->notes, Contains(HasSubstr("model-1")));
}

TEST_F(ResumeTest, VariablesThatTheCheckpointLacksAreAnError) {
  SaveSteps({1});
  std::vector<float> more(1, 42);
  ASSERT_TRUE(run.session.Add("new/W", more, {1}).ok());
  const std::vector<float> before = run.weights;
  const Status status = ResumeRun().status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'new/W'"));
  EXPECT_THAT(std::string(status.hint()), HasSubstr("SaverRestore"));
  EXPECT_EQ(run.weights, before);
}

TEST_F(ResumeTest, OtherShapesAreAnErrorAndNothingChanges) {
  SaveSteps({1});
  MemorySession other;
  std::vector<float> weights(5, 42);
  std::vector<int64_t> history(3, 42);
  std::vector<std::string> words(2, "42");
  ASSERT_TRUE(other.Add("toy/W", weights, {5}).ok());
  ASSERT_TRUE(other.Add("toy/history", history, {3}).ok());
  ASSERT_TRUE(other.Add("toy/words", words, {2}).ok());
  const std::mt19937 random = run.random;
  EXPECT_EQ(Resume(fs, "run", other, run.components).status().reason(), Reason::kMismatch);
  EXPECT_EQ(history, std::vector<int64_t>(3, 42));
  EXPECT_EQ(run.random, random);
}

TEST_F(ResumeTest, VariablesThatTheSessionLacksAreNoted) {
  SaveSteps({1});
  MemorySession smaller;
  ASSERT_TRUE(smaller.Add("toy/history", run.history, {3}).ok());
  const Result<Resumed> resumed = Resume(fs, "run", smaller, run.components);
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_THAT(resumed->notes, Contains(HasSubstr("toy/W")));
  EXPECT_THAT(resumed->notes, Not(Contains(HasSubstr("_CAIRN_RUN_STATE"))));
}

TEST_F(ResumeTest, ACheckpointOfAnotherProgramGivesVariablesAndStep) {
  SaveSteps({1});
  const TensorDict with_state = *Open(fs, "run/model-1");
  TensorDict::Builder without_state;
  for (size_t i = 0; i < with_state.size(); ++i) {
    if (with_state.name(i) != kRunStateName)
      without_state.Add(std::string(with_state.name(i)), *with_state.source(i));
  }
  ASSERT_TRUE(Save(fs, "theirs/model.ckpt-30", *without_state.Build()).ok());
  const Result<Resumed> resumed = Resume(fs, "theirs", run.session, run.components);
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->position, (TrainPosition{30, 0, 0}));
  EXPECT_THAT(resumed->notes, Contains(HasSubstr("another program")));
  EXPECT_EQ(run.weights, saved_weights[1]);
}

TEST_F(ResumeTest, TheStepInsideACheckpointOfAnotherProgramWins) {
  MemorySession session;
  int64_t step = 0;
  ASSERT_TRUE(session.Add("global_step", step).ok());
  for (const auto& [name, inside] : {std::pair("named/model-30", 28), {"nameless/model", 17}}) {
    ASSERT_TRUE(Save(fs, name, DictOf({{"global_step", SourceOf<int64_t>({}, {inside})}})).ok());
    const std::string directory(name, std::string_view(name).find('/'));
    const Result<Resumed> resumed = Resume(fs, directory, session, run.components);
    ASSERT_TRUE(resumed.ok()) << resumed.status().message();
    EXPECT_EQ(resumed->position, (TrainPosition{inside, 0, 0}));
    EXPECT_FALSE(resumed->has_run_state);
    EXPECT_EQ(step, inside);
  }
}

TEST_F(ResumeTest, ARunWithoutVariablesIsARunToo) {
  std::mt19937 random(1);
  MemorySession empty;
  RunComponents components;
  components.AddGenerator("random", random);
  ModelSaver saver(fs, "run", empty, components);
  ASSERT_TRUE(saver.Save({.step = 3}).ok());
  const std::mt19937 before = random;
  random();
  const Result<Resumed> resumed = Resume(fs, "run", empty, components);
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(random, before);
}

TEST_F(ResumeTest, ASessionMakesTheVariablesThatTheCheckpointHas) {
  SaveSteps({1});
  MemorySession grows;
  std::vector<int64_t> history(3);
  const auto prepare = [&](const TensorDict& dict, const std::optional<RunState>& state) -> Status {
    EXPECT_TRUE(state);
    EXPECT_TRUE(dict.Find("toy/history"));
    return grows.Add("toy/history", history, {3});
  };
  const Result<Resumed> resumed = Resume(fs, "run", grows, run.components, {.prepare = prepare});
  ASSERT_TRUE(resumed.ok()) << resumed.status().message();
  EXPECT_EQ(resumed->position.step, 1);
  EXPECT_NE(history, std::vector<int64_t>(3));
}

TEST_F(ResumeTest, AnErrorOfThePreparationEndsIt) {
  SaveSteps({1});
  const std::vector<float> before = run.weights;
  const auto prepare = [](const TensorDict&, const std::optional<RunState>&) {
    return Status(Reason::kCancelled, "not now");
  };
  const Status status =
      Resume(fs, "run", run.session, run.components, {.prepare = prepare}).status();
  EXPECT_EQ(status.reason(), Reason::kCancelled);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model-1"));
  EXPECT_EQ(run.weights, before);
}

TEST_F(ResumeTest, SaysWhereBitsMayDiffer) {
  {
    ToyRun earlier;
    ModelSaver saver(fs, "run", earlier.session, earlier.components);
    earlier.components.SetEnvironment("2 threads");
    ASSERT_TRUE(saver.Save({.step = 1}).ok());
  }
  EXPECT_THAT(ResumeRun()->notes, IsEmpty()) << "nothing is compared with nothing";
  run.components.SetEnvironment("2 threads");
  EXPECT_THAT(ResumeRun()->notes, IsEmpty());
  run.components.SetEnvironment("8 threads");
  EXPECT_THAT(ResumeRun()->notes, ElementsAre("bits may differ: the run was saved with '2 threads' "
                                              "and goes on with '8 threads'"));
  ASSERT_TRUE(fs.Put("run/.cairn.lock", AsBytes("damaged")).ok());
  EXPECT_THAT(ResumeRun()->notes, IsEmpty());
}

TEST_F(ResumeTest, TheEnvironmentIsNotInTheCheckpoint) {
  MemoryFileSystem other;
  for (const auto& [disk, environment] : {std::pair(&fs, "2 threads"), {&other, "8 threads"}}) {
    ToyRun earlier;
    ModelSaver saver(*disk, "run", earlier.session, earlier.components);
    earlier.components.SetEnvironment(environment);
    ASSERT_TRUE(saver.Save({.step = 1}).ok());
  }
  EXPECT_EQ(ContentsOf(fs, "run"), ContentsOf(other, "run"));
}

// The whole story of a damaged newest checkpoint.
TEST_F(ResumeTest, ARunThatFellBackPassesTheDamagedOneAgain) {
  MemoryFileSystem straight;
  ASSERT_TRUE(Live(straight, 0, -1).ok());
  EXPECT_EQ(Live(fs, 0, 16).reason(), Reason::kCancelled);  // model-10 and model-15 are there
  Spoil("run/model-15.data-00000-of-00001");
  ASSERT_TRUE(Live(fs, 0, -1).ok());
  EXPECT_EQ(ContentsOf(fs, "run"), ContentsOf(straight, "run"));
  EXPECT_TRUE(fs.Exists("run/damaged/model-15.index").value());
}

}  // namespace
}  // namespace cairn
