#include "cairn/train/monitors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/io/path.h"
#include "cairn/monitor/event_record.h"
#include "cairn/run/run_lock.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/train/monitors_state.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr int64_t kStepsPerEpoch = 3;
constexpr int64_t kEpochs = 3;

// Keeps the lines: "WRN text".
class KeptLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const char* const word = level == LogLevel::kError     ? "ERR "
                             : level == LogLevel::kWarning ? "WRN "
                                                           : "";
    lines.push_back(word + std::string(line));
  }
  std::vector<std::string> lines;
};

std::string StatsText(const MemoryFileSystem& fs) {
  const auto bytes = fs.Get("run/stats.json");
  return bytes.ok() ? std::string(AsText(*bytes)) : std::string(bytes.status().message());
}

// "cost 0.5 at 3" for each scalar of all event files, in the order of their names.
std::vector<std::string> EventsIn(FileSystem& fs) {
  std::vector<std::string> scalars;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    EventReader reader(*fs.OpenForReading(JoinPath("run", name), Access::kRead));
    for (;;) {
      const auto event = reader.Next();
      if (!event.ok()) scalars.emplace_back(ReasonWord(event.status().reason()));
      if (!event.ok() || !event->has_value()) break;
      for (const ScalarEvent& scalar : (*event)->scalars)
        scalars.push_back(scalar.tag + " " + testing::PrintToString(scalar.value) + " at " +
                          std::to_string((*event)->step));
    }
  }
  return scalars;
}

// Records in every hook, at the steps where it is called.
class EveryHook final : public Callback {
 public:
  EveryHook(Monitors& monitors, ToyRun& run) : monitors_(monitors), run_(run) {}

  std::string_view name() const override { return "EveryHook"; }
  Status BeforeEpoch(const TrainPosition&) override { return Put("before_epoch"); }
  Status BeforeRun(const TrainPosition&) override { return Put("before_run"); }
  Status AfterRun(const TrainPosition&) override { return Put("after_run"); }
  Status TriggerStep(const TrainPosition& position) override {
    return position.step % 2 == 0 ? Put("trigger_step") : Status();
  }
  Status AfterEpoch(const TrainPosition&) override { return Put("after_epoch"); }
  Status TriggerEpoch(const TrainPosition&) override { return Put("trigger_epoch"); }

 private:
  Status Put(const char* name) {
    monitors_.Put(name, static_cast<double>(run_.weights[0]));
    return {};
  }

  Monitors& monitors_;
  ToyRun& run_;
};

struct Life {
  int64_t save_every = 1;
  int64_t kill_at = -1;  // the step that is killed: after its values are recorded
  int64_t stop_at = -1;  // the step before which the run is told to stop
  double now = 1'700'000'000;
  Log* log = &NoLog();
  bool resumes = true;  // or begins anew, whatever is in the directory
};

// One process of a run: resumes, and trains to the end or until it is killed.
Status Live(FileSystem& fs, const Life& life) {
  ToyRun run;
  Monitors monitors(fs, "run", *life.log, {.clock = [&] { return life.now; }});
  EveryHook hook(monitors, run);
  ModelSaverOptions options = {.clock = [] { return 1'700'000'000.0; }};
  options.save.transfer.threads = 1;
  ModelSaver saver(fs, "run", run.session, run.components, options);
  PeriodicTrigger periodic(saver, {.every_k_steps = life.save_every});
  run.components.Add(periodic);
  run.components.Add(monitors);
  run.components.Add(hook);
  Resumed resumed;
  if (life.resumes) {
    CAIRN_ASSIGN_OR_RETURN(resumed, Resume(fs, "run", run.session, run.components));
  }
  int64_t num_done = resumed.position.step;
  const auto step = [&](const TrainPosition& position) -> Status {
    run.Step();
    ++num_done;
    monitors.Put("cost", position.step == 4 ? std::nan("") : static_cast<double>(run.weights[1]));
    if (position.step == life.kill_at) return Status(Reason::kCancelled, "killed");
    return {};
  };
  return Train({.step = step,
                .components = &run.components,
                .steps_per_epoch = kStepsPerEpoch,
                .max_epoch = kEpochs,
                .resume_at = life.resumes ? std::optional(resumed.position) : std::nullopt,
                .should_stop = [&] { return num_done == life.stop_at; }})
      .status();
}

// ---- A run that is interrupted

class InterruptedMonitorsTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Live(straight_, {.save_every = GetParam()}).ok());
    stats_ = StatsText(straight_);
    events_ = EventsIn(straight_);
    ASSERT_EQ(StatsHistory::Parse(stats_)->size(), 3u);
    ASSERT_EQ(events_.size(), 40u);
  }
  void ExpectTheSame(MemoryFileSystem& fs, const std::string& what) {
    EXPECT_EQ(StatsText(fs), stats_) << what;
    EXPECT_EQ(EventsIn(fs), events_) << what;
  }

  MemoryFileSystem straight_;
  std::string stats_;
  std::vector<std::string> events_;
};

TEST_P(InterruptedMonitorsTest, EndsAsOneThatIsNot) {
  for (int64_t kill_at = 0; kill_at < kStepsPerEpoch * kEpochs; ++kill_at) {
    MemoryFileSystem fs;
    EXPECT_EQ(Live(fs, {.save_every = GetParam(), .kill_at = kill_at}).reason(),
              Reason::kCancelled);
    EXPECT_TRUE(Live(fs, {.save_every = GetParam()}).ok());
    ExpectTheSame(fs, "killed at step " + std::to_string(kill_at));
  }
}

TEST_P(InterruptedMonitorsTest, AlsoIfItIsInterruptedAgainAndAgain) {
  MemoryFileSystem fs;
  for (int64_t kill_at = 0; kill_at < kStepsPerEpoch * kEpochs; ++kill_at)
    EXPECT_EQ(Live(fs, {.save_every = GetParam(), .kill_at = kill_at}).reason(),
              Reason::kCancelled);
  EXPECT_TRUE(Live(fs, {.save_every = GetParam()}).ok());
  ExpectTheSame(fs, "killed at each step");
}

TEST_P(InterruptedMonitorsTest, AlsoIfItIsToldToStop) {
  MemoryFileSystem fs;
  for (int64_t stop_at = 0; stop_at < kStepsPerEpoch * kEpochs; ++stop_at)
    EXPECT_TRUE(Live(fs, {.save_every = GetParam(), .stop_at = stop_at}).ok());
  EXPECT_TRUE(Live(fs, {.save_every = GetParam()}).ok());
  ExpectTheSame(fs, "stopped before each step");
}

// A process that stops, or a machine whose power is cut, at each call that changes the disk.
TEST_P(InterruptedMonitorsTest, AlsoIfItStopsAtAnyCall) {
  for (uint64_t nth = 1;; nth += kCallStep) {
    MemoryFileSystem fs;
    FaultFileSystem faulty(fs);
    faulty.script().StopAt(nth, 11);
    const bool has_ended = Live(faulty, {.save_every = GetParam()}).ok();
    if (!faulty.script().has_stopped()) {
      EXPECT_TRUE(has_ended);
      ASSERT_GT(nth, 40u);
      return;
    }
    const auto after_cut = fs.AfterPowerCut();
    const auto after_zeros = fs.AfterPowerCut(Survives::kNamesAndSizes);
    for (MemoryFileSystem* next : {&fs, after_cut.get(), after_zeros.get()}) {
      KeptLog log;
      EXPECT_TRUE(Live(*next, {.save_every = GetParam(), .now = 1'700'000'005, .log = &log}).ok());
      std::erase_if(log.lines, [](const std::string& line) {
        return !line.starts_with("ERR ") && line.find("event files hold") == std::string::npos;
      });
      EXPECT_THAT(log.lines, IsEmpty());
      // A file whose first record was lost with the power is not known as ours.
      std::vector<std::string> events = EventsIn(*next);
      std::erase_if(events, [](const std::string& event) { return event.starts_with("E_"); });
      EXPECT_EQ(StatsText(*next), stats_) << nth;
      EXPECT_EQ(events, events_) << nth;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(SavedEvery, InterruptedMonitorsTest, testing::Values(1, 2, 3, 4, 9),
                         testing::PrintToStringParamName());

TEST(MonitorsFallbackTest, AFallbackToAnOlderCheckpointEndsTheSame) {
  MemoryFileSystem straight, fs;
  ASSERT_TRUE(Live(straight, {}).ok());
  ASSERT_EQ(Live(fs, {.kill_at = 7}).reason(), Reason::kCancelled);
  for (const char* name : {"run/model-7.index", "run/model-6.index"}) {
    std::vector<std::byte> bytes = *fs.Get(name);
    bytes[bytes.size() / 2] ^= std::byte{1};
    ASSERT_TRUE(fs.Put(name, bytes).ok());
  }
  ASSERT_EQ(StatsHistory::Parse(StatsText(fs))->size(), 2u);  // One more than at step 5.
  ASSERT_TRUE(Live(fs, {.now = 1'700'000'005}).ok());
  EXPECT_EQ(StatsText(fs), StatsText(straight));
  EXPECT_EQ(EventsIn(fs), EventsIn(straight));
}

// The contents of every file but the lock.
std::map<std::string, std::vector<std::byte>> FilesOf(MemoryFileSystem& fs) {
  std::map<std::string, std::vector<std::byte>> files;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (name != kRunLockName) files[name] = *fs.Get("run/" + name);
  }
  return files;
}

TEST(MonitorsFallbackTest, ASecondTrainingThatIsRefusedChangesNothing) {
  MemoryFileSystem fs;
  ASSERT_EQ(Live(fs, {.save_every = 4, .kill_at = 6}).reason(), Reason::kCancelled);
  const auto files = FilesOf(fs);
  ASSERT_GT(files.size(), 3u);
  {
    const RunLock first = *RunLock::Acquire(fs, "run", IfHeldElsewhere::kFail);
    EXPECT_EQ(Live(fs, {.save_every = 4}).reason(), Reason::kLocked);
  }
  EXPECT_EQ(FilesOf(fs), files);
}

TEST(MonitorsFallbackTest, LostEventsAreNoticed) {
  MemoryFileSystem fs;
  ASSERT_EQ(Live(fs, {.kill_at = 5}).reason(), Reason::kCancelled);
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    ASSERT_TRUE(fs.Remove("run/" + name).ok());
  }
  KeptLog log;
  ASSERT_TRUE(Live(fs, {.now = 1'700'000'005, .log = &log}).ok());
  EXPECT_THAT(log.lines, testing::Contains(StartsWith("WRN event files hold 0 scalars up to step "
                                                      "5, ")));
}

// A run that was told to begin anew in the directory of an older one.
TEST(MonitorsFallbackTest, EventsOfAnOlderRunStay) {
  MemoryFileSystem older, fs;
  ASSERT_TRUE(Live(older, {.now = 1'600'000'000}).ok());
  const std::vector<std::string> names = *older.List("run");
  for (const std::string& name : names) {
    if (!name.starts_with(kEventFilePrefix)) continue;
    ASSERT_TRUE(fs.Put("run/" + name, *older.Get("run/" + name)).ok());
  }
  const std::vector<std::string> events = EventsIn(fs);
  ASSERT_FALSE(events.empty());
  KeptLog log;
  ASSERT_EQ(Live(fs, {.kill_at = 5, .resumes = false}).reason(), Reason::kCancelled);
  ASSERT_EQ(Live(fs, {.kill_at = 7, .now = 1'700'000'005, .log = &log}).reason(),
            Reason::kCancelled);
  ASSERT_TRUE(Live(fs, {.now = 1'700'000'009, .log = &log}).ok());
  std::vector<std::string> twice = events;
  twice.insert(twice.end(), events.begin(), events.end());
  EXPECT_EQ(EventsIn(fs), twice);
  EXPECT_THAT(log.lines, testing::Not(testing::Contains(HasSubstr("twice"))));
}

// ---- One process

struct MonitorsTest : testing::Test {
  MemoryFileSystem disk;
  FaultFileSystem fs{disk};
  KeptLog log;
  double now = 1'700'000'000;

  MonitorsOptions Options() {
    return {.clock = [this] { return now; }};
  }
  // Trains without variables; `step` is called in each step.
  Status Run(Monitors& monitors, int64_t max_epoch, const std::function<void()>& step,
             int64_t starting_epoch = 1) {
    RunComponents components;
    components.Add(monitors);
    return Train({.step =
                      [&](const TrainPosition&) {
                        step();
                        return Status();
                      },
                  .components = &components,
                  .steps_per_epoch = 2,
                  .max_epoch = max_epoch,
                  .starting_epoch = starting_epoch})
        .status();
  }
};

TEST_F(MonitorsTest, TheLogHasTheScalarsOfAnEpochByName) {
  Monitors monitors(fs, "run", log, Options());
  int count = 0;
  ASSERT_TRUE(Run(monitors, 2, [&] {
                ++count;
                monitors.Put("lr", 0.01);
                monitors.Put("cost", 123456.789 * count);
                if (count == 1) monitors.Put("B/a\n", -std::nan(""));
                if (count == 4) monitors.Put("zero", -1e-7);
              }).ok());
  EXPECT_THAT(log.lines, ElementsAre("B/a\\n: nan", "cost: 2.4691e+05", "lr: 0.01",
                                     "cost: 4.9383e+05", "lr: 0.01", "zero: -1e-07"));
  EXPECT_EQ(
      StatsText(disk),
      R"([{"lr": 0.01, "cost": 246913.578, "B/a\n": "NaN", "epoch_num": 1, "global_step": 2}, )"
      R"({"lr": 0.01, "cost": 493827.156, "zero": -1e-07, "epoch_num": 2, "global_step": 4}])");
}

TEST_F(MonitorsTest, LatestKnowsTheStepOfAValue) {
  Monitors monitors(fs, "run", log, Options());
  EXPECT_EQ(monitors.Latest("cost"), std::nullopt);
  int count = 0;
  std::vector<int64_t> steps;
  ASSERT_TRUE(Run(monitors, 2, [&] {
                ++count;
                if (count != 3) monitors.Put("cost", count);
                steps.push_back(monitors.Latest("cost")->step);
              }).ok());
  EXPECT_THAT(steps, ElementsAre(1, 2, 2, 4));
  EXPECT_EQ(monitors.Latest("cost"), (Monitors::Recorded{4, 4}));
  EXPECT_EQ(monitors.Latest("other"), std::nullopt);
}

TEST_F(MonitorsTest, ASinkThatIsOffWritesNothing) {
  MonitorsOptions options = Options();
  options.writes_stats = options.writes_events = options.writes_log = false;
  Monitors monitors(fs, "run", log, options);
  ASSERT_TRUE(Run(monitors, 2, [&] { monitors.Put("cost", 1); }).ok());
  EXPECT_THAT(*disk.List("run"), IsEmpty());
  EXPECT_THAT(log.lines, IsEmpty());
  EXPECT_EQ(monitors.stats().size(), 2u);
}

TEST_F(MonitorsTest, WhatAKilledProcessLeftIsRemoved) {
  for (const char* path : {"run/stats.json.cairn-tmp0", "run/stats.json.cairn-tmp12"})
    ASSERT_TRUE(disk.Put(path, AsBytes("[")).ok());
  Monitors monitors(fs, "run", log, Options());
  ASSERT_TRUE(Run(monitors, 1, [] {}).ok());
  EXPECT_THAT(*disk.List("run"), ElementsAre("stats.json"));
}

TEST_F(MonitorsTest, AFullDiskIsLoggedAndTheTrainingGoesOn) {
  for (const Call call : {Call::kCreate, Call::kWrite})
    fs.script().Inject({.call = call, .reason = Reason::kNoSpace, .repeat = Repeat::kSticky});
  Monitors monitors(fs, "run", log, Options());
  int count = 0;
  ASSERT_TRUE(Run(monitors, 3, [&] {
                if (++count == 5) fs.script().Reset();
                monitors.Put("cost", count);
              }).ok());
  std::erase_if(log.lines, [](const std::string& line) { return !line.starts_with("ERR "); });
  EXPECT_THAT(log.lines,
              ElementsAre(StartsWith("ERR events: "), StartsWith("ERR statistics: run/stats.json"),
                          StartsWith("ERR statistics: run/stats.json")));
  EXPECT_EQ(StatsHistory::Parse(StatsText(disk))->size(), 3u);
  EXPECT_EQ(EventsIn(disk).size(), 6u);
}

TEST_F(MonitorsTest, AFailedSyncIsLoggedAndAnotherEventFileBegins) {
  Monitors monitors(fs, "run", log, Options());
  int count = 0;
  ASSERT_TRUE(Run(monitors, 2, [&] {
                monitors.Put("cost", ++count);
                if (count == 2) fs.script().Inject({.call = Call::kSync, .reason = Reason::kIo});
                EXPECT_TRUE(monitors.MakeFileSync()().ok());
              }).ok());
  EXPECT_THAT(log.lines, testing::Contains(HasSubstr("events since the last checkpoint")));
  EXPECT_EQ(EventsIn(disk).size(), 4u);
  EXPECT_EQ(disk.List("run")->size(), 3u);
}

TEST_F(MonitorsTest, NoStepWaitsForADisk) {
  Monitors monitors(fs, "run", log, Options());
  ASSERT_TRUE(Run(monitors, 3, [&] { monitors.Put("cost", 1); }).ok());
  EXPECT_EQ(fs.script().count(Call::kSync) + fs.script().count(Call::kSyncDirectory), 0u);
}

TEST_F(MonitorsTest, AnotherThreadMaySyncWhileValuesAreRecorded) {
  Monitors monitors(fs, "run", log, Options());
  std::atomic<bool> is_done = false;
  std::thread other([&, sync = monitors.MakeFileSync()] {
    while (!is_done) EXPECT_TRUE(sync().ok());
  });
  EXPECT_TRUE(Run(monitors, 100, [&] { monitors.Put("cost", 1); }).ok());
  is_done = true;
  other.join();
  EXPECT_EQ(EventsIn(disk).size(), 200u);
}

TEST_F(MonitorsTest, ShowsTheProgressOfAnEpoch) {
  std::string shown;
  const auto terminal =
      std::make_shared<Terminal>([&](std::string_view text) { shown += text; }, true);
  ProgressLine progress(terminal, {.clock = [this] { return now; }});
  MonitorsOptions options = Options();
  options.progress = &progress;
  Monitors monitors(fs, "run", log, options);
  ASSERT_TRUE(Run(monitors, 1, [&] { now += 1; }).ok());
  EXPECT_EQ(shown,
            "\r\x1b[Kepoch 1: 1/2 steps, 1 steps/s, 0:01 left"
            "\r\x1b[Kepoch 1: 2/2 steps, 1 steps/s, 0:00 left\r\x1b[K");
}

// ---- The state

TEST_F(MonitorsTest, TheStateHasNeitherClockNorHost) {
  std::vector<std::string> states;
  for (const double time : {1.0, 1'700'000'000.0}) {
    now = time;
    MemoryFileSystem other;
    Monitors monitors(other, "run", log, Options());
    ASSERT_TRUE(Run(monitors, 2, [&] { monitors.Put("cost", 0.1); }).ok());
    monitors.Put("x\ny \xff", -HUGE_VAL);
    states.push_back(monitors.SaveState());
  }
  EXPECT_EQ(states[0], states[1]);
  EXPECT_EQ(states[0],
            "1\n[{\"cost\": 0.1, \"epoch_num\": 1, \"global_step\": 2}, {\"cost\": 0.1, "
            "\"epoch_num\": 2, \"global_step\": 4}]\n5\nnew 5 -inf x\\ny \\xff\nold 4 0.1 cost\n");
  Monitors loaded(fs, "run", log, Options());
  ASSERT_TRUE(loaded.LoadState(states[0]).ok());
  EXPECT_EQ(loaded.SaveState(), states[0]);
  EXPECT_EQ(loaded.Latest("x\ny \xff"), (Monitors::Recorded{-HUGE_VAL, 5}));
}

struct BadState {
  const char* what;
  const char* text;
  Reason reason;
  const char* message;
};
void PrintTo(const BadState& row, std::ostream* out) { *out << row.what; }

class BadMonitorsStateTest : public testing::TestWithParam<BadState> {};

TEST_P(BadMonitorsStateTest, IsAnErrorThatSaysWhere) {
  const Status status = ParseMonitorsState(GetParam().text).status();
  EXPECT_EQ(status.reason(), GetParam().reason);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , BadMonitorsStateTest,
    testing::Values(BadState{"empty", "", Reason::kVersion, "version ''"},
                    BadState{"a later version", "2\n[]\n0\n", Reason::kVersion, "version '2'"},
                    BadState{"no statistics", "1\n", Reason::kFormat, "line 2: "},
                    BadState{"no count", "1\n[]\n", Reason::kFormat, "line 3: "},
                    BadState{"a count below zero", "1\n[]\n-1\n", Reason::kFormat, "line 3: "},
                    BadState{"an unknown kind", "1\n[]\n0\nx 1 1 a\n", Reason::kFormat, "line 4: "},
                    BadState{"a step that is not a number", "1\n[]\n0\nold 1 1 a\nold x 1 a\n",
                             Reason::kFormat, "line 5: "},
                    BadState{"a value that is not a number", "1\n[]\n0\nold 1 1x a\n",
                             Reason::kFormat, "line 4: "},
                    BadState{"a name that nothing is shown as", "1\n[]\n0\nold 1 1 \\q\n",
                             Reason::kFormat, "line 4: "},
                    BadState{"a file twice", "1\n[]\n0\nearlier a\nearlier a\n", Reason::kFormat,
                             "line 5: "}),
    [](const auto& row) { return RowName(row.param.what); });

// ---- A stats.json without a state: the rule of tensorpack

struct OldStats {
  const char* what;
  const char* text;
  int64_t starting_epoch;
  bool is_continued;
  std::vector<std::string> log;
};
void PrintTo(const OldStats& row, std::ostream* out) { *out << row.what; }

std::string WithoutTime(const std::string& text) {
  return std::regex_replace(text, std::regex("[0-9]{4}-[0-9]{6}"), "$$TIME");
}

const std::string kHint =
    "WRN If you want to resume old training, either use `AutoResumeTrainConfig` or correctly set "
    "the new starting_epoch yourself to avoid inconsistency.";

class OldStatsTest : public testing::TestWithParam<OldStats> {};

TEST_P(OldStatsTest, IsContinuedOrMoved) {
  const OldStats& row = GetParam();
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/stats.json", AsBytes(row.text)).ok());
  KeptLog log;
  Monitors monitors(fs, "run", log, {.writes_events = false, .writes_log = false});
  RunComponents components;
  components.Add(monitors);
  ASSERT_TRUE(Train({.step = [](const TrainPosition&) { return Status(); },
                     .components = &components,
                     .max_epoch = row.starting_epoch,
                     .starting_epoch = row.starting_epoch})
                  .ok());
  for (std::string& line : log.lines) line = WithoutTime(line);
  EXPECT_EQ(log.lines, row.log);
  const std::vector<std::string> names = *fs.List("run");
  ASSERT_EQ(names.size(), row.is_continued ? 1u : 2u);
  if (!row.is_continued) {
    EXPECT_EQ(WithoutTime(names[1]), "stats.json.$TIME");
    EXPECT_EQ(AsText(*fs.Get("run/" + names[1])), row.text);
  }
  EXPECT_EQ(StatsHistory::Parse(StatsText(fs))->last_epoch(), row.starting_epoch);
  EXPECT_EQ(monitors.stats().size() > 1, row.is_continued && row.text != std::string("[]"));
}

INSTANTIATE_TEST_SUITE_P(
    , OldStatsTest,
    testing::Values(
        OldStats{"of the epoch before",
                 R"([{"epoch_num": 1}, {"epoch_num": 2}])",
                 3,
                 true,
                 {"Found existing JSON inside run, will append to it."}},
        OldStats{"of a later epoch",
                 R"([{"epoch_num": 1}, {"epoch_num": 2}])",
                 1,
                 false,
                 {"WRN History epoch=2 from JSON is not the predecessor of the current "
                  "starting_epoch=1",
                  kHint,
                  "WRN Now, we will train with starting_epoch=1 and backup old json to "
                  "run/stats.json.$TIME"}},
        OldStats{"of the same epoch",
                 R"([{"epoch_num": 2}])",
                 2,
                 false,
                 {"WRN History epoch=2 from JSON is not the predecessor of the current "
                  "starting_epoch=2",
                  kHint,
                  "WRN Now, we will train with starting_epoch=2 and backup old json to "
                  "run/stats.json.$TIME"}},
        OldStats{"without an epoch",
                 R"([{"cost": NaN}])",
                 1,
                 false,
                 {"WRN History without an epoch at its end from JSON is not the predecessor of the "
                  "current starting_epoch=1",
                  kHint,
                  "WRN Now, we will train with starting_epoch=1 and backup old json to "
                  "run/stats.json.$TIME"}},
        OldStats{"without an entry", "[]", 1, true, {}},
        OldStats{"damaged",
                 R"([{"epoch_num": 3, "cos)",
                 4,
                 false,
                 {"WRN run/stats.json: no JSON at byte 23",
                  "WRN Now, we will train with starting_epoch=4 and backup old json to "
                  "run/stats.json.$TIME"}}),
    [](const auto& row) { return RowName(row.param.what); });

// tensorpack has no state of statistics in its checkpoints.
TEST_F(MonitorsTest, AnOlderCheckpointOfTensorpackKeepsItsEntries) {
  const std::string entry1 = R"({"cost": 3, "epoch_num": 1, "global_step": 2})";
  const std::string entry2 = R"({"cost": 2, "epoch_num": 2, "global_step": 4})";
  const std::string text = "[" + entry1 + ", " + entry2 + "]";
  ASSERT_TRUE(disk.Put("run/stats.json", AsBytes(text)).ok());
  Monitors monitors(fs, "run", log, Options());
  RunComponents components;
  components.Add(monitors);
  ASSERT_TRUE(Train({.step =
                         [&](const TrainPosition&) {
                           monitors.Put("cost", 1);
                           return Status();
                         },
                     .components = &components,
                     .steps_per_epoch = 2,
                     .max_epoch = 2,
                     .starting_epoch = 2,
                     .resume_at = TrainPosition{.step = 2, .epoch = 1}})
                  .ok());
  EXPECT_EQ(StatsText(disk),
            "[" + entry1 + R"(, {"cost": 1.0, "epoch_num": 2, "global_step": 4}])");
  const std::vector<std::string> names = *disk.List("run");
  for (const std::string& name : names) {
    if (!name.starts_with("stats.json.")) continue;
    EXPECT_EQ(AsText(*disk.Get("run/" + name)), text);
  }
  EXPECT_THAT(log.lines, testing::Contains("Its entries up to step 2 are kept."));
}

TEST_F(MonitorsTest, OldStatisticsThatCannotBeMovedAreNotReplaced) {
  ASSERT_TRUE(disk.Put("run/stats.json", AsBytes("[{")).ok());
  fs.script().Inject({.call = Call::kRename, .reason = Reason::kReadOnly});
  Monitors monitors(fs, "run", log, Options());
  ASSERT_TRUE(Run(monitors, 2, [&] { monitors.Put("cost", 1); }).ok());
  EXPECT_EQ(StatsText(disk), "[{");
  EXPECT_THAT(log.lines, testing::Contains(StartsWith("ERR no statistics are written")));
}

TEST_F(MonitorsTest, WhatTensorpackWroteIsContinuedToTheByte) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "CAIRN_CORPUS is not set";
  std::ifstream file(std::string(corpus) + "/tensorpack/resumed_run.json");
  const nlohmann::json record = nlohmann::json::parse(file);
  size_t num_checked = 0;
  for (const auto& [name, run] : record.items()) {
    if (!run.is_object() || !run.contains("run")) continue;
    for (const nlohmann::json& line : run["run"]["log"]) {
      const std::string text = line["text"];
      num_checked += text.starts_with("History epoch=") || text == kHint.substr(4) ||
                     text.starts_with("Now, we will train with starting_epoch=");
    }
  }
  EXPECT_EQ(num_checked, 6u);  // The lines that OldStatsTest expects are those of the record.
  std::ifstream stats(std::string(corpus) + "/tensorpack/train_run/stats.json");
  const std::string text((std::istreambuf_iterator<char>(stats)), {});
  ASSERT_TRUE(disk.Put("run/stats.json", AsBytes(text)).ok());
  Monitors monitors(fs, "run", log, Options());
  ASSERT_TRUE(Run(monitors, 4, [&] { monitors.Put("cost", 1.25); }, 4).ok());
  EXPECT_EQ(StatsText(disk), text.substr(0, text.size() - 1) +
                                 R"(, {"cost": 1.25, "epoch_num": 4, "global_step": 8}])");
}

}  // namespace
}  // namespace cairn
