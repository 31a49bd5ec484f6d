// Compares AutoResumeTrainConfig and Trainer with tensorpack's, recorded run by run. The recordings
// are in the corpus, which CAIRN_CORPUS names.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cairn/io/memory_file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/testing/values.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/trainer.h"

namespace cairn::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kStepsPerEpoch = 4;  // of every recorded run

std::filesystem::path Corpus() {
  const char* folder = std::getenv("CAIRN_CORPUS");
  return folder == nullptr ? "" : std::filesystem::path(folder) / "tensorpack";
}

json Recorded(const std::string& file) {
  std::ifstream stream(Corpus() / file);
  return json::parse(stream);
}

void Copy(const std::filesystem::path& from, MemoryFileSystem& fs, const std::string& to) {
  std::ifstream stream(from, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_TRUE(stream.is_open()) << from;
  ASSERT_TRUE(fs.Put(to, AsBytes(content)).ok());
}

void CopyRun(const std::string& run, MemoryFileSystem& fs, const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(Corpus() / run))
    Copy(entry.path(), fs, directory + "/" + entry.path().filename().string());
}

// A session with a place for each tensor of a checkpoint.
struct SameVariables {
  MemorySession session;
  std::deque<std::vector<std::byte>> values;

  explicit SameVariables(const TensorDict& dict) {
    for (const TensorInfo& tensor : dict) {
      values.emplace_back(tensor.nbytes);
      EXPECT_TRUE(
          session.Add(std::string(tensor.name), tensor.dtype, values.back(), Dims(tensor.dims))
              .ok());
    }
  }
};

// What AutoResumeTrainConfig decided, and which variables the training then begins with.
struct Decision {
  Status error;
  int64_t starting_epoch = 0;
  std::string
      checkpoint;  // "run/model-12", "other/model-8", "None": the variables are as they were
  std::string notes;
};

// The checkpoint, of those given, with all values of which the session begins.
std::string NameOfValues(MemoryFileSystem& fs, Session& session) {
  const std::vector<VariableId> all = SavedVariables(session);
  const TensorDict now = session.Snapshot(all).value();
  for (const char* name : {"run/model-12", "run/model-8", "run/model-4", "other/model-8"}) {
    const auto dict = Open(fs, name);
    const auto is_same = [&](const TensorInfo& tensor) {
      const auto stored = ReadAsText(*dict, tensor.name);  // damage: not this one
      return stored.ok() && *stored == ReadAsText(now, tensor.name).value();
    };
    if (dict.ok() && std::ranges::all_of(now, is_same)) return name;
  }
  return "None";
}

class RecordedResumeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Corpus().empty()) GTEST_SKIP() << "CAIRN_CORPUS is not set";
    for (const char* end : {".index", ".data-00000-of-00001"})
      Copy(Corpus() / "train_run" / ("model-8" + std::string(end)), other_,
           "other/model-8" + std::string(end));
  }

  // As in the recorded case, on a directory that has its files.
  Decision Decide(MemoryFileSystem& fs, const std::string& directory, const json& recorded) {
    const TensorDict model = Open(other_, "other/model-8").value();
    SameVariables variables(model);
    RunComponents components;
    const SaverRestore init(other_, "other/model-8");
    TrainConfig given{.step = [](const TrainPosition&) { return Status(); },
                      .components = &components,
                      .session = &variables.session,
                      .steps_per_epoch = kStepsPerEpoch,
                      .max_epoch = 0};  // the training begins, and ends at once
    const json& arguments = recorded.at("given");
    if (arguments.contains("starting_epoch"))
      given.starting_epoch = arguments["starting_epoch"].get<int64_t>();
    if (arguments.contains("session_init")) given.session_init = &init;
    const auto config = AutoResumeTrainConfig::Make(
        fs, directory, given, {.always_resume = recorded.at("always_resume").get<bool>()});
    Decision decision;
    decision.error = config.status();
    if (!config.ok()) return decision;
    EXPECT_TRUE(Train(*config).ok());
    decision.starting_epoch = config->starting_epoch;
    decision.checkpoint = NameOfValues(fs, variables.session);
    if (decision.checkpoint == "run/model-8" && !config->resumed.checkpoint)
      decision.checkpoint = "other/model-8";  // the same values
    if (decision.checkpoint == "None" && given.session_init)
      decision.checkpoint = NameOfValues(other_, variables.session);
    for (const std::string& line : config->resumed.passed_over)
      decision.notes += "passed over " + line + "\n";
    for (const std::string& line : config->resumed.notes) decision.notes += line + "\n";
    return decision;
  }

  MemoryFileSystem other_;  // the files that the program names
};

// Where ours differs, and what it says then.
struct Ours {
  int64_t starting_epoch;
  std::string checkpoint;
  std::string note;
};
const std::map<std::string, Ours> kOurs = {
    // One of both arguments.
    {"always_resume=False, only session_init given",
     {1, "other/model-8", "the run in run is not resumed: session_init is given"}},
    {"always_resume=False, only starting_epoch given",
     {5, "run/model-12", "only variables and step are resumed"}},
    // The epoch is counted by steps.
    {"checkpoint without stats.json",
     {4, "run/model-12",
      "no statistics of an epoch: by its step and 4 steps in each epoch, 3 epochs are done"}},
    {"stats.json is an empty list", {4, "run/model-12", "no statistics of an epoch"}},
    {"last entry of stats.json has no epoch_num", {4, "run/model-12", "no statistics of an epoch"}},
    {"epoch_num is text", {4, "run/model-12", "no statistics of an epoch"}},
    {"stats.json is an object", {4, "run/model-12", "statistics are not used: run/stats.json: "}},
    {"stats.json is cut short", {4, "run/model-12", "statistics are not used: run/stats.json: "}},
    {"stats.json is empty", {4, "run/model-12", "statistics are not used: run/stats.json: "}},
    {"stats.json.tmp only (killed while writing)",
     {4, "run/model-12", "no statistics of an epoch"}},
    // A run that is killed before its first checkpoint must begin again by itself.
    {"stats.json without checkpoint",
     {1, "None",
      "stats.json goes to step 12 (epoch 3), there is no checkpoint: the run begins from scratch"}},
    // The state file does not matter, and a damaged checkpoint is passed over.
    {"state file names a checkpoint that is gone",
     {3, "run/model-8", "stats.json goes to step 12 (epoch 3), the checkpoint is of step 8"}},
    {"state file is empty", {4, "run/model-12", ""}},
    {"state file is damaged", {4, "run/model-12", ""}},
    {"model files but no state file", {4, "run/model-12", ""}},
    {"index of the newest is there, its data file is gone",
     {3, "run/model-8", "passed over model-12: "}},
};

TEST_F(RecordedResumeTest, DecidesAsTensorpackOrBetter) {
  const json cases = Recorded("resume_cases.json");
  size_t num_cases = 0, num_ours = 0;
  for (const json& recorded : cases) {
    const std::string description = recorded.at("description");
    SCOPED_TRACE(description);
    MemoryFileSystem fs;
    const json& folder = recorded.at("folder $DIR/run");
    if (folder.is_null()) continue;  // the next test
    ++num_cases;
    ASSERT_TRUE(fs.CreateDirectories("run").ok());
    for (const auto& [name, content] : folder.items()) {
      const std::string text = content.get<std::string>();
      constexpr std::string_view kCopy = "copy of ";
      if (text.starts_with(kCopy)) {
        Copy(Corpus() / text.substr(kCopy.size()), fs, "run/" + name);
      } else {
        ASSERT_TRUE(fs.Put("run/" + name, AsBytes(text)).ok());
      }
    }
    const Decision decision = Decide(fs, "run", recorded);
    ASSERT_TRUE(decision.error.ok()) << decision.error.message();
    const json& outcome = recorded.at("outcome");
    const auto ours = kOurs.find(description);
    if (ours != kOurs.end()) {
      ++num_ours;
      EXPECT_EQ(decision.starting_epoch, ours->second.starting_epoch);
      EXPECT_EQ(decision.checkpoint, ours->second.checkpoint);
      EXPECT_THAT(decision.notes, HasSubstr(ours->second.note));
      continue;
    }
    ASSERT_TRUE(outcome.at("error").is_null());
    EXPECT_EQ(decision.starting_epoch, outcome.at("starting_epoch").get<int64_t>());
    const std::string path =
        std::regex_replace(outcome.at("path").get<std::string>(), std::regex("\\$DIR/"), "");
    EXPECT_EQ(decision.checkpoint, path);
  }
  EXPECT_EQ(num_cases, 24u);
  EXPECT_EQ(num_ours, kOurs.size());
}

TEST_F(RecordedResumeTest, WithoutADirectoryThereIsAnError) {
  const json recorded = Recorded("resume_cases.json").back();
  ASSERT_EQ(recorded.at("description"), "logger directory was never set");
  MemoryFileSystem fs;
  const Decision decision = Decide(fs, "", recorded);
  EXPECT_EQ(decision.error.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(decision.error.message()), HasSubstr("the directory of the run"));
}

TEST_F(RecordedResumeTest, OverridesAreSaid) {
  MemoryFileSystem fs;
  CopyRun("train_run", fs, "run");
  const json recorded = {{"given", {{"starting_epoch", 5}, {"session_init", ""}}},
                         {"always_resume", true}};
  const Decision decision = Decide(fs, "run", recorded);
  EXPECT_THAT(decision.notes, HasSubstr("session_init is not used"));
  EXPECT_THAT(decision.notes,
              HasSubstr("starting_epoch 5 is not used: the run goes on in epoch 4"));
}

// The lines of the trainer, as both write them.
std::vector<std::string> TrainerLines(const std::vector<std::string>& log) {
  const std::regex known(
      "(Setup callbacks|Start training with|Start Epoch|Epoch \\d+ \\(|Training has finished).*");
  std::vector<std::string> lines;
  for (std::string line : log) {
    line = std::regex_replace(line, std::regex("time:\\S+ second"), "time:T second");
    line = std::regex_replace(line, std::regex("callbacks graph"), "callbacks");
    if (std::regex_match(line, known)) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> RecordedLines(const json& run) {
  std::vector<std::string> log;
  for (const json& line : run.at("log")) log.push_back(line.at("text"));
  return TrainerLines(log);
}

class KeptLines final : public Log {
 public:
  void Write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

// A run of the reference that goes on here.
struct Continued {
  TrainEnd end;
  std::string checkpoint;
  std::vector<std::string> notes;
  std::vector<std::string> log;
  int64_t num_steps = 0;
};

Continued GoOn(MemoryFileSystem& fs, int64_t max_epoch) {
  const TensorDict model = Open(fs, "run/model-8").value();
  SameVariables variables(model);
  RunComponents components;
  KeptLines log;
  Continued run;
  const auto config = AutoResumeTrainConfig::Make(
      fs, "run",
      {.step = [&](const TrainPosition&) { return ++run.num_steps, Status(); },
       .components = &components,
       .session = &variables.session,
       .steps_per_epoch = kStepsPerEpoch,
       .max_epoch = max_epoch,
       .log = &log});
  EXPECT_TRUE(config.ok()) << config.status().message();
  if (!config.ok()) return run;
  run.checkpoint = config->resumed.checkpoint.value_or("None");
  EXPECT_EQ(NameOfValues(fs, variables.session), run.checkpoint);
  run.notes = config->resumed.notes;
  const auto end = Train(*config);
  EXPECT_TRUE(end.ok()) << end.status().message();
  run.end = *end;
  run.log = log.lines;
  return run;
}

TEST_F(RecordedResumeTest, ItsRunsGoOnHere) {
  for (const char* name : {"train_run", "resumed_run"}) {
    SCOPED_TRACE(name);
    MemoryFileSystem fs;
    CopyRun(name, fs, "run");
    const Continued run = GoOn(fs, 4);
    EXPECT_EQ(run.checkpoint, "run/model-12");
    EXPECT_EQ(run.end.position, (TrainPosition{16, 4, 0}));
    EXPECT_EQ(run.num_steps, 4);
    EXPECT_THAT(run.notes, ::testing::ElementsAre(HasSubstr("only variables and step")));
  }
}

TEST_F(RecordedResumeTest, LogsAsItsTrainerDid) {
  MemoryFileSystem fs;
  RunComponents components;
  KeptLines log;
  ASSERT_TRUE(Train({.step = [](const TrainPosition&) { return Status(); },
                     .components = &components,
                     .steps_per_epoch = kStepsPerEpoch,
                     .max_epoch = 3,
                     .log = &log})
                  .ok());
  EXPECT_EQ(TrainerLines(log.lines), RecordedLines(Recorded("train_run.json").at("run")));
}

// The folder of resumed_run after epoch 2.
void MakeFirstPart(const json& recorded, MemoryFileSystem& fs) {
  CopyRun("resumed_run", fs, "run");
  for (const char* name : {"run/model-12.index", "run/model-12.data-00000-of-00001"})
    ASSERT_TRUE(fs.Remove(name).ok());
  const json& after = recorded.at("first").at("after");
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes(after.at("checkpoint").get<std::string>())).ok());
  ASSERT_TRUE(fs.Put("run/stats.json", AsBytes(after.at("stats.json").dump())).ok());
}

TEST_F(RecordedResumeTest, TheSecondPartOfItsResumedRunIsTheSame) {
  const json recorded = Recorded("resumed_run.json");
  MemoryFileSystem fs;
  MakeFirstPart(recorded, fs);
  const Continued run = GoOn(fs, 3);
  const json& config = recorded.at("second").at("run").at("config");
  EXPECT_EQ("$DIR/resumed_run/" + run.checkpoint.substr(4),
            config.at("session_init_path").get<std::string>());
  EXPECT_EQ(run.num_steps, kStepsPerEpoch);
  EXPECT_EQ(TrainerLines(run.log), RecordedLines(recorded.at("second").at("run")));
}

// There, epoch 3 was trained twice.
TEST_F(RecordedResumeTest, KilledBetweenCheckpointAndStatistics) {
  const json recorded = Recorded("resumed_run.json");
  MemoryFileSystem fs;
  CopyRun("train_run", fs, "run");
  const json& stats = recorded.at("first").at("after").at("stats.json");
  ASSERT_TRUE(fs.Put("run/stats.json", AsBytes(stats.dump())).ok());
  const Continued run = GoOn(fs, 3);
  EXPECT_EQ(run.checkpoint, "run/model-12");
  EXPECT_EQ(run.num_steps, 0);
  EXPECT_EQ(run.end.position, (TrainPosition{12, 3, 0}));
  EXPECT_THAT(run.notes, Contains("checkpoint and statistics disagree: stats.json ends at step 8 "
                                  "(epoch 2), the checkpoint is of step 12: the steps between are "
                                  "not trained again"));
}

TEST_F(RecordedResumeTest, ARunThatIsDoneTrainsNothing) {
  const json recorded = Recorded("resumed_run.json");
  MemoryFileSystem fs;
  CopyRun("train_run", fs, "run");
  const Continued run = GoOn(fs, 3);
  EXPECT_EQ(run.num_steps, 0);
  EXPECT_EQ(TrainerLines(run.log),
            RecordedLines(
                recorded.at("AutoResumeTrainConfig when max_epoch is already reached").at("run")));
}

}  // namespace
}  // namespace cairn::testing
