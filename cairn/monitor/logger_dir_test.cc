#include "cairn/monitor/logger_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/io/path.h"
#include "cairn/monitor/time_stamp.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNow = 1'700'000'000;

std::string WithoutTimes(const std::string& text) {
  static const std::regex time("[0-9]{4}-[0-9]{6}");
  return std::regex_replace(text, time, "$$TIME");
}

// All paths below `directory`, those of directories with a slash.
void ListTree(FileSystem& fs, const std::string& directory, std::vector<std::string>& paths) {
  const std::vector<std::string> names = *fs.List(directory.empty() ? "." : directory);
  for (const std::string& name : names) {
    const std::string path = JoinPath(directory, name);
    const bool is_directory = fs.StatName(path)->kind == FileKind::kDirectory;
    paths.push_back(WithoutTimes(path) + (is_directory ? "/" : ""));
    if (is_directory) ListTree(fs, path, paths);
  }
}
std::vector<std::string> Tree(FileSystem& fs) {
  std::vector<std::string> paths;
  ListTree(fs, "", paths);
  std::ranges::sort(paths);
  return paths;
}

// The effects of a call.
struct Outcome {
  Status status;
  std::string path = {};
  std::vector<std::string> log = {};        // "LEVEL text" for each line
  std::vector<std::string> questions = {};  // with the answers
  std::vector<std::string> tree = {};
};

// Undoes the form of a line of the log.
std::string ParseLogLine(std::string_view line) {
  static const std::regex form("\\[[0-9]{4} [0-9:]{8}\\] (WRN |ERR )?([^]*)");
  std::smatch parts;
  const std::string text(line.substr(0, line.size() - 1));
  if (!std::regex_match(text, parts, form)) return "not a line: " + text;
  const std::string level = parts[1] == "WRN " ? "WARNING" : parts[1] == "ERR " ? "ERROR" : "INFO";
  return level + " " + WithoutTimes(parts[2]);
}

// Opens a directory with everything that it could use recorded.
class Recorder {
 public:
  explicit Recorder(FileSystem& fs) : fs_(fs) {}

  LoggerDirOptions options = {
      .argv = {"prog.py", "--x", "1"}, .ask = nullptr, .clock = [] { return kNow; }};
  std::deque<std::string> answers;

  Outcome Open(const std::string& path) {
    Outcome outcome;
    options.terminal = std::make_shared<Terminal>(
        [&](std::string_view text) { outcome.log.push_back(ParseLogLine(text)); }, false);
    const Result<LoggerDir> opened = LoggerDir::Open(fs_, path, options);
    outcome.status = opened.status();
    if (opened.ok()) outcome.path = opened->path();
    outcome.questions = std::exchange(questions_, {});
    outcome.tree = Tree(fs_);
    return outcome;
  }

  // Answers with `answers`, and ends the input after them.
  void AnswerQuestions() {
    options.ask = [this](std::string_view question) -> std::optional<std::string> {
      std::string& asked = questions_.emplace_back(std::string(question) + " <end of input>");
      if (answers.empty()) return std::nullopt;
      std::string answer = answers.front();
      answers.pop_front();
      asked = std::string(question) + " " + answer;
      return answer;
    };
  }

 private:
  FileSystem& fs_;
  std::vector<std::string> questions_;
};

// ---- All that tensorpack was recorded to do

Json ReadRecord() {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) return Json();
  std::ifstream file(std::string(corpus) + "/tensorpack/logger_dir/logger_dir.json");
  return Json::parse(file);
}

// Where this differs from tensorpack, by "DESCRIPTION, call N".
struct Ours {
  Reason reason = Reason::kNone;
  std::string path = {};
  std::vector<std::string> tree = {};  // empty: as recorded
  std::vector<std::string> log = {};   // empty: as recorded
};

const std::map<std::string, Ours>& OursByCase() {
  static const std::map<std::string, Ours> ours = {
      // A letter that is not an action is an error whatever the directory holds.
      {"action z, directory not empty, call 0", {.reason = Reason::kArgument}},
      // tensorpack takes capital letters only where they are typed.
      {"upper-case action, call 0",
       {.path = "run",
        .tree = {"run/", "run/log.log", "run/log.log.$TIME", "run/model-1.index", "run/stats.json",
                 "run/sub/", "run/sub/x"},
        .log = {"INFO Existing log file 'run/log.log' backuped to 'run/log.log.$TIME'",
                "INFO Argv: prog.py --x 1"}}},
      // tensorpack fails with a NameError after a call that was refused.
      {"set, refused, set again, call 2",
       {.path = "three",
        .tree = {"one/", "one/log.log", "run/", "run/log.log", "run/model-1.index",
                 "run/stats.json", "run/sub/", "run/sub/x", "three/", "three/log.log"},
        .log = {"INFO Argv: prog.py --x 1"}}},
      // tensorpack cuts the last letter of a program without an extension.
      {"auto_set_dir of the program train, call 0",
       {.path = "train_log/train",
        .tree = {"train_log/", "train_log/train/", "train_log/train/log.log"},
        .log = {"INFO Argv: train --x 1"}}},
  };
  return ours;
}

Reason ReasonOf(const Json& error) {
  if (error.is_null()) return Reason::kNone;
  const std::map<std::string, Reason> reasons = {{"OSError", Reason::kExists},
                                                 {"EOFError", Reason::kCancelled},
                                                 {"NotADirectoryError", Reason::kFileType}};
  return reasons.at(error["type"]);
}

std::vector<std::string> RecordedLog(const Json& lines) {
  std::vector<std::string> log;
  for (const Json& line : lines)
    log.push_back(std::string(line["level"]) + " " + std::string(line["text"]));
  return log;
}

void PutFiles(MemoryFileSystem& fs, const Json& files) {
  for (const auto& [path, content] : files.items()) {
    if (content.is_null()) {
      ASSERT_TRUE(fs.CreateDirectories(path.substr(0, path.size() - 1)).ok());
    } else {
      ASSERT_TRUE(fs.Put(path, AsBytes(std::string(content))).ok());
    }
  }
}

// Carries a recorded call out.
Outcome Repeat(MemoryFileSystem& fs, const Json& call, const std::string& program) {
  Recorder recorder(fs);
  recorder.options.argv[0] = program;
  const Json& arguments = call["arguments"];
  if (const auto action = arguments.find("action");
      action != arguments.end() && !action->is_null()) {
    const auto parsed = ParseLoggerDirAction(std::string(*action));
    if (!parsed.ok()) return {.status = parsed.status(), .tree = Tree(fs)};
    recorder.options.action = *parsed;
  } else {
    recorder.AnswerQuestions();
  }
  for (const Json& asked : call["asked"]) {
    if (asked["answer"] != "") recorder.answers.push_back(asked["answer"]);
  }
  const bool is_auto = call["call"] == "auto_set_dir";
  return recorder.Open(is_auto ? AutoSetDir(program, std::string(arguments.value("name", "")))
                               : std::string(arguments["dirname"]));
}

std::string ProgramOf(const std::string& description) {
  constexpr std::string_view kBegin = "auto_set_dir of the program ";
  return description.starts_with(kBegin) ? description.substr(kBegin.size()) : "prog.py";
}

void CheckCall(MemoryFileSystem& fs, const Json& call, const std::string& program,
               const std::string& name) {
  SCOPED_TRACE(name);
  EXPECT_EQ(Tree(fs), std::vector<std::string>(call["before"]));
  const auto found = OursByCase().find(name);
  const bool is_ours = found != OursByCase().end();
  const Reason reason = is_ours ? found->second.reason : ReasonOf(call["outcome"]["error"]);
  const Outcome outcome = Repeat(fs, call, program);
  EXPECT_EQ(outcome.status.reason(), reason) << outcome.status;

  const bool has_path = reason == Reason::kNone;
  const std::string recorded_path = call["outcome"]["get_logger_dir"];
  EXPECT_EQ(WithoutTimes(outcome.path), is_ours    ? found->second.path
                                        : has_path ? recorded_path
                                                   : "");
  const bool has_own_tree = is_ours && !found->second.tree.empty();
  EXPECT_EQ(outcome.tree,
            has_own_tree ? found->second.tree : std::vector<std::string>(call["after"]));
  const bool has_own_log = is_ours && !found->second.log.empty();
  EXPECT_EQ(outcome.log, has_own_log ? found->second.log : RecordedLog(call["log"]));
  std::vector<std::string> questions;
  for (const Json& asked : call["asked"]) {
    const std::string answer = asked["answer"];
    questions.push_back(std::string(asked["prompt"]) + " " +
                        (answer.empty() ? "<end of input>" : answer));
  }
  EXPECT_EQ(outcome.questions, questions);
}

TEST(RecordedLoggerDirTest, DoesWhatTensorpackDoesAndMendsItsFaults) {
  const Json record = ReadRecord();
  if (record.is_null()) GTEST_SKIP() << "CAIRN_CORPUS is not set";
  ASSERT_EQ(record.size(), 48u);
  size_t num_ours = 0;
  for (const Json& recorded : record) {
    MemoryFileSystem fs;
    PutFiles(fs, recorded["files"]);
    const std::string description = recorded["description"];
    for (size_t i = 0; i < recorded["calls"].size(); ++i) {
      const std::string name = description + ", call " + std::to_string(i);
      num_ours += OursByCase().count(name);
      CheckCall(fs, recorded["calls"][i], ProgramOf(description), name);
    }
  }
  EXPECT_EQ(num_ours, OursByCase().size());
}

// ---- What the record does not have

struct LoggerDirTest : testing::Test {
  MemoryFileSystem fs;
  Recorder recorder{fs};

  void SetUp() override { ASSERT_TRUE(fs.Put("run/model-1.index", AsBytes("x")).ok()); }
  Outcome Open(LoggerDirAction action, const std::string& path = "run") {
    recorder.options.action = action;
    return recorder.Open(path);
  }
  std::string Text(const std::string& path) { return std::string(AsText(*fs.Get(path))); }
};

TEST_F(LoggerDirTest, WithoutATerminalTheErrorNamesTheActions) {
  const Outcome outcome = Open(LoggerDirAction::kAsk);
  EXPECT_EQ(outcome.status.reason(), Reason::kExists);
  EXPECT_EQ(outcome.status.message(),
            "run: the directory exists and is not empty, and there is no terminal on which to ask "
            "what to do");
  for (const char* action : {"k (keep)", "d (delete", "b (back up)", "n (new", "q (quit)"})
    EXPECT_THAT(std::string(outcome.status.hint()), HasSubstr(action));
  EXPECT_THAT(outcome.log, IsEmpty());
  EXPECT_THAT(outcome.tree, ElementsAre("run/", "run/model-1.index"));
}

TEST_F(LoggerDirTest, ANameThatIsTakenCountsOn) {
  for (const auto& [action, name] :
       {std::pair(LoggerDirAction::kNew, ""), std::pair(LoggerDirAction::kNew, "-1"),
        std::pair(LoggerDirAction::kNew, "-2")}) {
    EXPECT_EQ(Open(action).path, "run" + NameStamp(kNow) + name);
  }
  EXPECT_EQ(Open(LoggerDirAction::kBackUp).path, "run");
  EXPECT_TRUE(*fs.Exists("run" + NameStamp(kNow) + "-3/model-1.index"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Open(LoggerDirAction::kKeep).path, "run");
  const std::string log = "log.log." + NameStamp(kNow);
  EXPECT_THAT(*fs.List("run"), ElementsAre("log.log", log, log + "-1", log + "-2"));
}

TEST_F(LoggerDirTest, WhatWasDeletedStaysDeletedAfterAPowerCut) {
  ASSERT_TRUE(Open(LoggerDirAction::kDelete).status.ok());
  EXPECT_FALSE(*fs.AfterPowerCut()->Exists("run/model-1.index"));
  EXPECT_TRUE(*fs.AfterPowerCut()->Exists("run"));
}

TEST_F(LoggerDirTest, TheFilesOfARunThatIsBeingTrainedStay) {
  {
    const auto lock = *fs.Lock("run/.cairn.lock");
    for (const LoggerDirAction action : {LoggerDirAction::kDelete, LoggerDirAction::kBackUp}) {
      EXPECT_EQ(Open(action).status.reason(), Reason::kLocked);
      EXPECT_THAT(Tree(fs), ElementsAre("run/", "run/.cairn.lock", "run/model-1.index"));
    }
  }
  EXPECT_TRUE(Open(LoggerDirAction::kDelete).status.ok());
}

TEST_F(LoggerDirTest, ADirectoryWithoutANameOfItsOwnCanOnlyBeKept) {
  for (const LoggerDirAction action :
       {LoggerDirAction::kDelete, LoggerDirAction::kBackUp, LoggerDirAction::kNew}) {
    for (const char* path : {"", ".", "run/..", "/", "//./"}) {
      EXPECT_EQ(Open(action, path).status.reason(), Reason::kArgument) << path;
      EXPECT_THAT(Tree(fs), ElementsAre("run/", "run/model-1.index"));
    }
  }
  EXPECT_EQ(Open(LoggerDirAction::kKeep, "/").path, "/");
}

TEST_F(LoggerDirTest, LinksAreNotFollowedWhenDeleting) {
  const TempDirectory temp;
  FileSystem& local = LocalFileSystem();
  const std::string kept = temp.path() + "/kept", link = temp.path() + "/link";
  ASSERT_TRUE(local.CreateDirectories(kept + "/run").ok());
  ASSERT_TRUE(WriteWholeFile(local, kept + "/f", AsBytes("x")).ok());
  ASSERT_EQ(::symlink(kept.c_str(), link.c_str()), 0);
  ASSERT_EQ(::symlink(kept.c_str(), (kept + "/run/inner").c_str()), 0);
  LoggerDirOptions options = {
      .action = LoggerDirAction::kDelete, .ask = nullptr, .terminal = Terminal::None()};
  EXPECT_EQ(LoggerDir::Open(local, link + "/", options).status().reason(), Reason::kFileType);
  EXPECT_TRUE(LoggerDir::Open(local, kept + "/run", options).ok());
  EXPECT_THAT(*local.List(kept), ElementsAre("f", "run"));
  EXPECT_THAT(*local.List(kept + "/run"), ElementsAre("log.log"));
  // To keep what is behind a link deletes nothing.
  options.action = LoggerDirAction::kKeep;
  EXPECT_TRUE(LoggerDir::Open(local, link, options).ok());
  EXPECT_THAT(*local.List(kept), ElementsAre("f", "log.log", "run"));
}

TEST_F(LoggerDirTest, AnErrorOfTheMachineIsReturned) {
  for (const Call call : {Call::kList, Call::kCreateDirectories, Call::kStat, Call::kCreate}) {
    FaultFileSystem faulty(fs);
    faulty.script().Inject({.call = call, .reason = Reason::kIo});
    EXPECT_EQ(LoggerDir::Open(faulty, "new", {.ask = nullptr, .terminal = Terminal::None()})
                  .status()
                  .reason(),
              Reason::kIo);
  }
}

// ---- The log

TEST_F(LoggerDirTest, LinesHaveTheirTimeAndLevel) {
  std::string shown;
  const auto dir = LoggerDir::Open(
      fs, "new",
      {.ask = nullptr,
       .terminal = std::make_shared<Terminal>([&](std::string_view text) { shown += text; }, false),
       .clock = [] { return kNow; }});
  ASSERT_TRUE(dir.ok()) << dir.status();
  dir->log().Info("one\ntwo");
  dir->log().Warning("three");
  dir->log().Error("four");
  const std::string time = "[" + LineStamp(kNow) + "] ";
  EXPECT_EQ(Text("new/log.log"), time + "one\ntwo\n" + time + "WRN three\n" + time + "ERR four\n");
  EXPECT_EQ(shown, Text("new/log.log"));
}

TEST_F(LoggerDirTest, ALineThatCannotBeWrittenIsLost) {
  FaultFileSystem faulty(fs);
  const LoggerDir dir =
      *LoggerDir::Open(faulty, "new", {.ask = nullptr, .terminal = Terminal::None()});
  dir.log().Info("one");
  faulty.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace, .done_nbytes = 20});
  dir.log().Info("lost, although some of it was written");
  dir.log().Info("two");
  const std::string text = Text("new/log.log");
  EXPECT_THAT(text, HasSubstr("one\n"));
  EXPECT_THAT(text, HasSubstr("two\n"));
  EXPECT_EQ(std::ranges::count(text, '['), 2);
}

TEST_F(LoggerDirTest, ManyThreadsMayLogAndTheDirectoryMayMove) {
  LoggerDir dir = *LoggerDir::Open(fs, "new", {.ask = nullptr, .terminal = Terminal::None()});
  Log& log = dir.log();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int line = 0; line < 50; ++line) log.Info("a line");
    });
  }
  const LoggerDir moved = std::move(dir);
  for (std::thread& thread : threads) thread.join();
  const std::string text = Text("new/log.log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 200);
  EXPECT_EQ(text.size() % 200, 0u);
}

TEST(TimeStampTest, IsLocalTimeWithoutAYear) {
  const char* const before = std::getenv("TZ");
  const std::string zone = before ? before : "";
  ASSERT_EQ(::setenv("TZ", "UTC-5:30", 1), 0);
  ::tzset();
  EXPECT_EQ(NameStamp(kNow + 0.9), "1115-034320");
  EXPECT_EQ(LineStamp(kNow), "1115 03:43:20");
  EXPECT_EQ(NameStamp(-0.5), "0101-052959");
  ASSERT_EQ(before ? ::setenv("TZ", zone.c_str(), 1) : ::unsetenv("TZ"), 0);
  ::tzset();
}

TEST(AutoSetDirTest, CutsThePathAndTheExtensionOfTheProgram) {
  EXPECT_EQ(AutoSetDir("/usr/bin/train"), "train_log/train");
  EXPECT_EQ(AutoSetDir("./a.b.exe", "lr=0.1"), "train_log/a.b:lr=0.1");
  EXPECT_EQ(AutoSetDir(".hidden"), "train_log/.hidden");
}

TEST(LoggerDirActionTest, IsALetterInEitherCase) {
  EXPECT_EQ(*ParseLoggerDirAction("b"), LoggerDirAction::kBackUp);
  EXPECT_EQ(*ParseLoggerDirAction("N"), LoggerDirAction::kNew);
  for (const char* letter : {"", "z", "kk", "keep"}) {
    const Status status = ParseLoggerDirAction(letter).status();
    EXPECT_EQ(status.reason(), Reason::kArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("k (keep)"));
  }
}

}  // namespace
}  // namespace cairn
