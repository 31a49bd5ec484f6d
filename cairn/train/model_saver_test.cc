#include "cairn/train/model_saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "cairn/io/memory_file_system.h"
#include "cairn/state/run_directory.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/temp_directory.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

struct ModelSaverTest : testing::Test {
  MemoryFileSystem fs;
  ToyRun run;
  double now = 1'700'000'000;
  ModelSaverOptions options = {.retention = {.max_to_keep = 2}, .clock = [this] { return now++; }};

  std::vector<std::string> Files(const std::string& directory = "run") {
    auto names = fs.List(directory);
    if (!names.ok()) return {std::string(names.status().message())};
    std::erase(*names, kRunLockName);
    return *names;
  }
  std::string Text(const std::string& path) {
    const auto content = fs.Get(path);
    return content.ok() ? std::string(AsText(*content)) : "not there";
  }
  SavedCheckpoint Save(ModelSaver& saver, int64_t step) {
    run.Step();
    Result<SavedCheckpoint> saved = saver.Save({.step = step});
    EXPECT_TRUE(saved.ok()) << step << ": " << saved.status().message();
    return saved.ok() ? *saved : SavedCheckpoint{};
  }
  // In a process of its own.
  SavedCheckpoint SaveAndEnd(const std::vector<int64_t>& steps) {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    SavedCheckpoint last;
    for (const int64_t step : steps) last = Save(saver, step);
    return last;
  }
  void Spoil(const std::string& path) {
    std::vector<std::byte> content = *fs.Get(path);
    content[content.size() / 2] ^= std::byte{1};
    ASSERT_TRUE(fs.Put(path, content).ok());
  }
};

TEST_F(ModelSaverTest, SavesVariablesAndStateInOneCheckpoint) {
  ModelSaver saver(fs, "runs/a/", run.session, run.components, options);
  EXPECT_EQ(saver.Save({.step = 7, .epoch = 2, .epoch_step = 1})->name, "model-7");
  EXPECT_THAT(Files("runs/a"),
              ElementsAre("checkpoint", "model-7.data-00000-of-00001", "model-7.index"));
  const TensorDict dict = *Open(fs, "runs/a/model-7");
  std::vector<std::string> names;
  for (size_t i = 0; i < dict.size(); ++i) {
    names.emplace_back(dict.name(i));
    EXPECT_EQ(dict.stored_at(i)->offset % 64, 0u) << names.back();
  }
  EXPECT_THAT(names, ElementsAre("_CAIRN_RUN_STATE", "toy/W", "toy/history", "toy/words"))
      << "local variables are not saved";
  const auto state = ReadRunState(dict);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->step, 7);
  EXPECT_EQ((*state)->epoch, 2);
}

TEST_F(ModelSaverTest, TheStateFileNamesAllOldestFirstByRelativePaths) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 9);
  Save(saver, 10);
  const StateFile state = *ReadStateFile(fs, "run");
  EXPECT_EQ(state.latest, "model-10");
  EXPECT_THAT(state.all, ElementsAre("model-9", "model-10"));
  EXPECT_THAT(state.timestamps, ElementsAre(1'700'000'000, 1'700'000'001));
}

TEST_F(ModelSaverTest, EqualStatesGiveEqualBytesWhateverTheClock) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(saver.Save({.step = 1}).ok());
  now += 12345;
  ModelSaver other(fs, "elsewhere", run.session, run.components, options);
  ASSERT_TRUE(other.Save({.step = 1}).ok());
  for (const char* suffix : {".index", ".data-00000-of-00001"})
    EXPECT_EQ(Text("run/model-1" + std::string(suffix)),
              Text("elsewhere/model-1" + std::string(suffix)));
}

TEST_F(ModelSaverTest, OldOnesMakeRoom) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 9);
  Save(saver, 10);
  EXPECT_THAT(Save(saver, 11).removed, ElementsAre("model-9"));
  EXPECT_THAT(Files(),
              UnorderedElementsAre("checkpoint", "model-10.data-00000-of-00001", "model-10.index",
                                   "model-11.data-00000-of-00001", "model-11.index"));
}

TEST_F(ModelSaverTest, ARestartedSaverManagesWhatTheEarlierOneSaved) {
  {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    Save(saver, 1);
    Save(saver, 2);
  }
  ModelSaver saver(fs, "run", run.session, run.components, options);
  EXPECT_THAT(Save(saver, 3).removed, ElementsAre("model-1"));
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-2", "model-3"));
}

TEST_F(ModelSaverTest, OthersAreNeverTouched) {
  const std::vector<std::string> others = {"model-best.index", "model-1-copy.index",
                                           "model-01.index",   "model-0x1.data-00000-of-00001",
                                           "ckpt-1.index",     "model-1.index.bak",
                                           "model-1",          "model-1.data-00000-of-00001.part",
                                           "xmodel-1.index",   "log.log",
                                           "other.cairn-tmp0", "model-1.index.cairn-tmpX"};
  for (const std::string& name : others) ASSERT_TRUE(fs.Put("run/" + name, AsBytes("mine")).ok());
  ModelSaver saver(fs, "run", run.session, run.components, options);
  for (int64_t step = 1; step <= 5; ++step) Save(saver, step);
  for (const std::string& name : others) EXPECT_EQ(Text("run/" + name), "mine") << name;
}

TEST_F(ModelSaverTest, OthersThatTheStateFileNamesStayNamedAsLongAsTheyAreThere) {
  ASSERT_TRUE(fs.Put("run/ckpt-1.index", AsBytes("x")).ok());
  ASSERT_TRUE(WriteStateFile(fs, "run", {"ckpt-2", {"ckpt-1", "ckpt-2"}, {5, 6}, {}}).ok());
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 3);
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("ckpt-1", "model-3"));
}

TEST_F(ModelSaverTest, ASoundCheckpointOfTheSameStepIsNotReplaced) {
  {
    ModelSaver saver(fs, "run", run.session, run.components, options);
    Save(saver, 1);
  }
  const std::string before = Text("run/model-1.data-00000-of-00001");
  ModelSaver saver(fs, "run", run.session, run.components, options);
  for (int i = 0; i < 2; ++i) {  // nor at the second try
    run.Step();
    const Status status = saver.Save({.step = 1}).status();
    EXPECT_EQ(status.reason(), Reason::kExists);
    EXPECT_THAT(std::string(status.hint()), HasSubstr("another directory"));
  }
  EXPECT_EQ(Text("run/model-1.data-00000-of-00001"), before);
}

TEST_F(ModelSaverTest, ADamagedOneInTheWayIsMovedAsideAndReported) {
  SaveAndEnd({1, 2});
  Spoil("run/model-2.data-00000-of-00001");
  const std::string damaged = Text("run/model-2.data-00000-of-00001");
  const SavedCheckpoint saved = SaveAndEnd({2});
  EXPECT_THAT(saved.warnings, ElementsAre(HasSubstr("moved to damaged/model-2: ")));
  EXPECT_EQ(Text("run/damaged/model-2.data-00000-of-00001"), damaged);
  EXPECT_TRUE(Open(fs, "run/damaged/model-2").ok()) << "it can still be salvaged";
  EXPECT_TRUE(Verify(fs, "run/model-2")->ok());

  Spoil("run/model-2.index");  // and once more
  EXPECT_THAT(SaveAndEnd({2}).warnings, ElementsAre(HasSubstr("moved to damaged/model-2-2: ")));
  EXPECT_EQ(Text("run/damaged/model-2.data-00000-of-00001"), damaged);
}

TEST_F(ModelSaverTest, OneWhoseDataAreGoneIsInTheWayToo) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 1);
  ASSERT_TRUE(fs.Remove("run/model-1.data-00000-of-00001").ok());
  EXPECT_THAT(Save(saver, 1).warnings, ElementsAre(HasSubstr("damaged/model-1")));
}

TEST_F(ModelSaverTest, LeftoversOfCrashesAreRemoved) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 5);
  for (const char* name :
       {"model-3.data-00000-of-00001", "model-6.data-00000-of-00001", "model-9.index.cairn-tmp0",
        "model-6.data-00000-of-00001.cairn-tmp12", "checkpoint.cairn-tmp0"})
    ASSERT_TRUE(fs.Put("run/" + std::string(name), AsBytes("half")).ok());
  EXPECT_THAT(
      Save(saver, 6).removed,
      UnorderedElementsAre("checkpoint.cairn-tmp0", "model-6.data-00000-of-00001.cairn-tmp12",
                           "model-9.index.cairn-tmp0", "model-3", "model-6"));
  EXPECT_THAT(Files(),
              UnorderedElementsAre("checkpoint", "model-5.data-00000-of-00001", "model-5.index",
                                   "model-6.data-00000-of-00001", "model-6.index"));
}

TEST_F(ModelSaverTest, DataWhoseIndexWasLostAreKept) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 1);
  Save(saver, 2);
  ASSERT_TRUE(fs.Remove("run/model-1.index").ok());
  EXPECT_THAT(Save(saver, 3).removed, IsEmpty());
  EXPECT_THAT(Files(), Contains("model-1.data-00000-of-00001"));
}

TEST_F(ModelSaverTest, DataWithoutIndexInTheWayAreKeptWhereNoStateFileTells) {
  ASSERT_TRUE(fs.Put("run/model-1.data-00000-of-00001", AsBytes("weights?")).ok());
  ModelSaver saver(fs, "run", run.session, run.components, options);
  EXPECT_THAT(Save(saver, 1).warnings, ElementsAre(HasSubstr("damaged/model-1")));
  EXPECT_EQ(Text("run/damaged/model-1.data-00000-of-00001"), "weights?");
}

TEST_F(ModelSaverTest, ADamagedStateFileIsReplacedAndReported) {
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes("model_checkpoint_path: \"mod")).ok());
  ModelSaver saver(fs, "run", run.session, run.components, options);
  EXPECT_THAT(Save(saver, 1).warnings, ElementsAre(HasSubstr("replaced: ")));
  EXPECT_EQ(ReadStateFile(fs, "run")->latest, "model-1");
}

// ---- Every kind of ruin in the way of a save

TEST_F(ModelSaverTest, AWholeFileThatIsRuinedIsMovedAside) {
  using Ruin = void (*)(MemoryFileSystem&, const std::string& data, const std::string& index);
  const std::pair<const char*, Ruin> ruins[] = {
      {"data of zeros",
       [](MemoryFileSystem& disk, const std::string& data, const std::string&) {
         ASSERT_TRUE(disk.Put(data, std::vector<std::byte>(disk.Stat(data)->size)).ok());
       }},
      {"no data", [](MemoryFileSystem& disk, const std::string& data,
                     const std::string&) { ASSERT_TRUE(disk.Remove(data).ok()); }},
      {"data that is a folder",
       [](MemoryFileSystem& disk, const std::string& data, const std::string&) {
         ASSERT_TRUE(disk.Remove(data).ok());
         ASSERT_TRUE(disk.Put(data + "/x", {}).ok());
       }},
      {"an index that is a folder",
       [](MemoryFileSystem& disk, const std::string&, const std::string& index) {
         ASSERT_TRUE(disk.Remove(index).ok());
         ASSERT_TRUE(disk.Put(index + "/x", {}).ok());
       }},
      {"an empty index", [](MemoryFileSystem& disk, const std::string&, const std::string& index) {
         ASSERT_TRUE(disk.Put(index, {}).ok());
       }}};
  int64_t step = 0;
  for (const auto& [words, ruin] : ruins) {
    step += 2;
    SaveAndEnd({step - 1, step});
    const std::string name = SavedName(step);
    ruin(fs, "run/" + name + ".data-00000-of-00001", "run/" + name + ".index");
    EXPECT_THAT(SaveAndEnd({step}).warnings,
                ElementsAre(HasSubstr("moved to damaged/" + name + ": ")))
        << words;
    EXPECT_TRUE(Verify(fs, "run/" + name)->ok()) << words;
  }
}

TEST_F(ModelSaverTest, TroubleOfTheMachineMovesNothing) {
  SaveAndEnd({1, 2});
  const std::vector<std::string> before = Files();
  for (const Reason reason :
       {Reason::kIo, Reason::kNoMemory, Reason::kLimit, Reason::kUnsupported, Reason::kVersion}) {
    FaultFileSystem faulty(fs);
    faulty.script().Inject({.call = Call::kRead,
                            .reason = reason,
                            .repeat = Repeat::kSticky,
                            .path_part = "model-2.data"});
    ModelSaver saver(faulty, "run", run.session, run.components, options);
    const Status status = saver.Save({.step = 2}).status();
    EXPECT_EQ(status.reason(), reason) << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr("model-2 is in the way"));
    EXPECT_EQ(Files(), before);
  }
}

TEST_F(ModelSaverTest, AFolderInPlaceOfTheStateFileIsMovedAside) {
  ASSERT_TRUE(fs.Put("run/checkpoint/x", {}).ok());
  EXPECT_THAT(SaveAndEnd({1}).warnings, ElementsAre(HasSubstr("moved to damaged/checkpoint")));
  EXPECT_EQ(ReadStateFile(fs, "run")->latest, "model-1");
}

TEST_F(ModelSaverTest, WhatCannotBeLookedAtNowStaysListed) {
  SaveAndEnd({1});
  StateFile state = *ReadStateFile(fs, "run");
  for (const char* name : {"best", "gone"}) {
    state.all.insert(state.all.begin(), name);
    state.timestamps.insert(state.timestamps.begin(), 1);
  }
  ASSERT_TRUE(WriteStateFile(fs, "run", state).ok());
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kStat, .repeat = Repeat::kSticky, .path_part = "best"});
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  Save(saver, 2);
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("best", "model-1", "model-2"));
}

// ---- One writer

TEST_F(ModelSaverTest, ASecondSaverIsRefusedBeforeItTouchesAnything) {
  ModelSaver first(fs, "run", run.session, run.components, options);
  ASSERT_TRUE(first.Begin().ok());
  ASSERT_TRUE(fs.Put("run/model-1.index.cairn-tmp0", AsBytes("the first one writes it")).ok());
  FaultFileSystem watched(fs);
  ModelSaver second(watched, "run", run.session, run.components, options);
  EXPECT_EQ(second.Begin().reason(), Reason::kLocked);
  EXPECT_EQ(second.Save({.step = 1}).status().reason(), Reason::kLocked);
  for (const TracedCall& call : watched.script().trace())
    EXPECT_FALSE(IsMutation(call.call) && call.result == Reason::kNone &&
                 call.call != Call::kCreateDirectories && call.call != Call::kSyncDirectory)
        << ToString(call);
  EXPECT_THAT(Files(), ElementsAre("model-1.index.cairn-tmp0"));
  EXPECT_TRUE(first.Save({.step = 1}).ok());
}

TEST_F(ModelSaverTest, ALeaseThatWasTakenOverEndsTheSaver) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 1);
  Lease other{.number = 2, .holder = ThisProcess()};
  other.holder->host = "node-17";
  ASSERT_TRUE(fs.Put("run/.cairn.lock", AsBytes(FormatLease(other))).ok());
  const std::vector<std::string> before = Files();
  const Status status = saver.Save({.step = 2}).status();
  EXPECT_EQ(status.reason(), Reason::kLocked);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'node-17'"));
  EXPECT_EQ(Files(), before);
}

TEST_F(ModelSaverTest, ALockFileThatWasRemovedIsMadeAgain) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  Save(saver, 1);
  ASSERT_TRUE(fs.Remove("run/.cairn.lock").ok());
  Save(saver, 2);
  EXPECT_TRUE(ParseLease(Text("run/.cairn.lock"))->holder.has_value());
}

TEST_F(ModelSaverTest, AFileSystemWithoutLocksIsSaidOnce) {
  FaultFileSystem without(fs);
  without.script().Inject({.call = Call::kLock, .reason = Reason::kUnsupported});
  ModelSaver saver(without, "run", run.session, run.components, options);
  EXPECT_THAT(Save(saver, 1).warnings, ElementsAre(HasSubstr("has no locks")));
  EXPECT_THAT(Save(saver, 2).warnings, IsEmpty());
}

TEST_F(ModelSaverTest, StorageThatKeepsLessIsSaidOnce) {
  const std::map<StorageKind, std::string> expected = {
      {StorageKind::kNetwork, "run lies on a network file system: "},
      {StorageKind::kUserSpace, "run lies on a FUSE file system: "}};
  for (const auto& [kind, words] : expected) {
    MemoryFileSystem memory;
    FaultFileSystem storage(memory);
    storage.SetStorageKind(kind);
    ModelSaver saver(storage, "run", run.session, run.components, options);
    EXPECT_THAT(Save(saver, 1).warnings, ElementsAre(HasSubstr(words)));
    EXPECT_THAT(Save(saver, 2).warnings, IsEmpty());
  }
}

// ---- The run's directory on a real file system

struct LocalModelSaverTest : ModelSaverTest {
  TempDirectory temp;
  FileSystem& disk = LocalFileSystem();
  std::string In(std::string_view name) { return temp.path() + "/" + std::string(name); }
  std::vector<std::string> List(const std::string& name) {
    std::vector<std::string> names = *disk.List(In(name));
    std::erase(names, kRunLockName);
    return names;
  }
};

TEST_F(LocalModelSaverTest, ADirectoryThatIsRenamedEndsTheSaves) {
  ModelSaver saver(disk, In("run"), run.session, run.components, options);
  Save(saver, 1);
  ASSERT_TRUE(disk.Rename(In("run"), In("moved")).ok());
  const std::vector<std::string> before = List("moved");
  EXPECT_EQ(saver.Save({.step = 2}).status().reason(), Reason::kChanged);
  EXPECT_THAT(List(""), ElementsAre("moved"));
  ASSERT_TRUE(disk.CreateDirectories(In("run")).ok());
  const Status replaced = saver.Save({.step = 2}).status();
  EXPECT_EQ(replaced.reason(), Reason::kChanged);
  EXPECT_THAT(std::string(replaced.message()), HasSubstr("was renamed, removed or replaced"));
  EXPECT_THAT(List("run"), IsEmpty());
  EXPECT_EQ(List("moved"), before);
}

TEST_F(LocalModelSaverTest, ALinkInPlaceOfDamagedIsRefusedAndNothingLeavesTheRun) {
  const auto save = [&](int64_t step) {
    ModelSaver saver(disk, In("run"), run.session, run.components, options);
    return saver.Save({.step = step}).status();
  };
  ASSERT_TRUE(save(1).ok());
  ASSERT_TRUE(disk.Remove(In("run/model-1.data-00000-of-00001")).ok());
  ASSERT_TRUE(disk.CreateDirectories(In("elsewhere")).ok());
  ASSERT_EQ(::symlink(In("elsewhere").c_str(), In("run/damaged").c_str()), 0);
  const Status refused = save(1);
  EXPECT_EQ(refused.reason(), Reason::kFileType);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("run/damaged: is a link"));
  EXPECT_THAT(List("elsewhere"), IsEmpty());
  EXPECT_THAT(List("run"), ElementsAre("checkpoint", "damaged", "model-1.index"));
  ASSERT_TRUE(disk.Remove(In("run/damaged")).ok());
  EXPECT_TRUE(save(1).ok());
}

TEST_F(LocalModelSaverTest, PipesAndLinkLoopsInPlaceOfFilesAreMovedAside) {
  const auto save = [&](int64_t step) {
    ModelSaver saver(disk, In("run"), run.session, run.components, options);
    return saver.Save({.step = step});
  };
  const auto pipe = [](const std::string& path) { return ::mkfifo(path.c_str(), 0666); };
  const auto loop = [](const std::string& path) { return ::symlink(path.c_str(), path.c_str()); };
  int64_t step = 0;
  for (const char* name : {".index", ".data-00000-of-00001"}) {
    for (const std::function<int(const std::string&)>& put :
         {std::function<int(const std::string&)>(pipe),
          std::function<int(const std::string&)>(loop)}) {
      ASSERT_TRUE(save(++step).ok());
      ASSERT_TRUE(save(++step).ok());
      const std::string path = In("run/model-" + std::to_string(step) + name);
      ASSERT_TRUE(disk.Remove(path).ok());
      ASSERT_EQ(put(path), 0);
      // The older one is found, and the step can be saved again.
      const Result<Resumed> resumed = Resume(disk, In("run"), run.session, run.components);
      ASSERT_TRUE(resumed.ok()) << resumed.status().message();
      EXPECT_EQ(resumed->position.step, step - 1);
      const bool is_index = name == std::string_view(".index");
      EXPECT_THAT(resumed->passed_over,
                  ElementsAre(HasSubstr(is_index ? "E_FILE_TYPE" : "E_FORMAT")));
      const auto saved = save(step);
      ASSERT_TRUE(saved.ok()) << saved.status().message();
      EXPECT_THAT(saved->warnings, ElementsAre(HasSubstr("moved to damaged/model-")));
    }
  }
}

TEST_F(ModelSaverTest, DamagedOnesDoNotPushGoodOnesOut) {
  SaveAndEnd({1, 2});
  Spoil("run/model-2.data-00000-of-00001");
  ModelSaver restarted(fs, "run", run.session, run.components, options);
  const SavedCheckpoint saved = Save(restarted, 3);
  EXPECT_THAT(saved.removed, IsEmpty());
  EXPECT_THAT(saved.warnings, ElementsAre(HasSubstr("model-2 is left alone")));
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-1", "model-3"));
  EXPECT_THAT(Save(restarted, 4).removed, ElementsAre("model-1", "model-2"));
}

TEST_F(ModelSaverTest, AFailedRemovalIsReportedAndTriedAgain) {
  FaultFileSystem faulty(fs);
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  Save(saver, 1);
  Save(saver, 2);
  faulty.script().Inject(
      {.call = Call::kRemove, .reason = Reason::kReadOnly, .path_part = "model-1.index"});
  EXPECT_THAT(Save(saver, 3).warnings, ElementsAre(HasSubstr("model-1 is not removed")));
  EXPECT_THAT(Save(saver, 4).removed, ElementsAre("model-1", "model-2"));
}

TEST_F(ModelSaverTest, AnUnfinishedRemovalIsFinishedByTheNextSave) {
  FaultFileSystem faulty(fs);
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  Save(saver, 1);
  Save(saver, 2);
  faulty.script().Inject({.call = Call::kRemove, .path_part = "model-1.data"});
  EXPECT_THAT(Save(saver, 3).warnings, ElementsAre(HasSubstr("model-1 is not removed")));
  EXPECT_THAT(Save(saver, 4).removed, ElementsAre("model-1", "model-2"));
  EXPECT_EQ(Files().size(), 5u);
}

// A power cut must not see these calls in another order.
TEST_F(ModelSaverTest, SyncsRenamesAndRemovesInThisOrder) {
  FaultFileSystem traced(fs);
  ModelSaver saver(traced, "run", run.session, run.components, options);
  Save(saver, 1);
  Save(saver, 2);
  traced.script().Reset();
  Save(saver, 3);
  std::vector<std::string> calls = traced.script().Mutations();
  std::erase_if(calls, [](const std::string& call) {
    return call.starts_with("create") || call.starts_with("allocate") ||
           call.starts_with("write") || call.starts_with("close") || call.starts_with("mkdir");
  });
  const std::string data = "run/model-3.data-00000-of-00001", index = "run/model-3.index";
  EXPECT_THAT(calls, ElementsAre("sync run/checkpoint.cairn-tmp0",
                                 "sync " + data + ".cairn-tmp0",   //
                                 "sync " + index + ".cairn-tmp0",  //
                                 "rename " + data + ".cairn-tmp0 to " + data,
                                 "sync-directory run",  //
                                 "rename " + index + ".cairn-tmp0 to " + index,
                                 "sync-directory run",  // committed
                                 "rename run/checkpoint.cairn-tmp0 to run/checkpoint",
                                 "sync-directory run",  // named
                                 "remove run/model-1.index", "sync-directory run",
                                 "remove run/model-1.data-00000-of-00001"));
}

TEST_F(ModelSaverTest, ItsDirectoryIsMadeDurablyWithAllParents) {
  ASSERT_TRUE(fs.CreateDirectories("home").ok());
  FaultFileSystem traced(fs);
  ModelSaver saver(traced, "home/runs/today", run.session, run.components, options);
  Save(saver, 1);
  std::vector<std::string> calls = traced.script().Mutations();
  calls.resize(4);
  EXPECT_THAT(calls, ElementsAre("mkdir home/runs/today", "sync-directory .",
                                 "sync-directory home/runs", "sync-directory home"));
}

TEST_F(ModelSaverTest, WhatCannotBeReadBackIsNeitherNamedNorMakesRoom) {
  FaultFileSystem faulty(fs);
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  Save(saver, 1);
  Save(saver, 2);
  for (const char* file : {"model-3.data", "model-3.index"}) {
    // A value that cannot be read with its neighbours is read by itself, so every read fails.
    faulty.script().Inject({.call = Call::kRead, .repeat = Repeat::kSticky, .path_part = file});
    EXPECT_EQ(saver.Save({.step = 3}).status().reason(), Reason::kIo) << file;
    EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-1", "model-2")) << file;
    EXPECT_TRUE(Verify(fs, "run/model-1")->ok()) << file;
    EXPECT_EQ(Verify(fs, "run/model-3").status().reason(), Reason::kMissing) << file;
    EXPECT_THAT(*fs.List("run"), Not(Contains(HasSubstr("cairn-tmp")))) << file;
    faulty.script().Reset();
  }
  EXPECT_TRUE(saver.Save({.step = 3}).ok());
}

TEST_F(ModelSaverTest, ARetryFindsWhatWasCommittedButNotNamed) {
  FaultFileSystem faulty(fs);
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  faulty.script().Inject({.call = Call::kRename, .path_part = "run/checkpoint"});
  const Status status = saver.Save({.step = 1}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("model-1 is committed, but not named"));
  EXPECT_TRUE(Verify(fs, "run/model-1")->ok());
  const Result<SavedCheckpoint> saved = saver.Save({.step = 1});
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  EXPECT_THAT(saved->report.files, IsEmpty()) << "written again";
  EXPECT_EQ(ReadStateFile(fs, "run")->latest, "model-1");
}

TEST_F(ModelSaverTest, TooLittleSpaceIsSaidBeforeAnythingIsWritten) {
  MemoryFileSystem small(1000);
  ModelSaver saver(small, "run", run.session, run.components, options);
  const Status status = saver.Save({.step = 1}).status();
  EXPECT_EQ(status.reason(), Reason::kNoSpace);
  EXPECT_THAT(std::string(status.message()), HasSubstr(" free"));
  EXPECT_THAT(*small.List("run"), ElementsAre(kRunLockName));
}

TEST_F(ModelSaverTest, AVariableWithTheNameOfTheRunStateIsRefused) {
  std::vector<float> value(1);
  ASSERT_TRUE(run.session.Add("_CAIRN_RUN_STATE", value, {1}).ok());
  ModelSaver saver(fs, "run", run.session, run.components, options);
  EXPECT_EQ(saver.Save({.step = 1}).status().reason(), Reason::kArgument);
}

TEST_F(ModelSaverTest, AStepBelowZeroIsRefused) {
  ModelSaver saver(fs, "run", run.session, run.components, options);
  EXPECT_EQ(saver.Save({.step = -1}).status().reason(), Reason::kArgument);
}

struct Triggers {
  const char* what;
  int64_t every_n_steps;
  std::vector<std::string> saved;
};

class ModelSaverTriggerTest : public ModelSaverTest,
                              public testing::WithParamInterface<Triggers> {};

TEST_P(ModelSaverTriggerTest, SavesWhenItShould) {
  std::vector<std::string> saved;
  options.on_saved = [&](const SavedCheckpoint& model) { saved.push_back(model.name); };
  ModelSaver saver(fs, "run", run.session, run.components, options);
  PeriodicTrigger periodic(saver, {.every_k_steps = GetParam().every_n_steps});
  if (GetParam().every_n_steps > 0)
    run.components.Add(periodic);
  else
    run.components.Add(saver);
  const auto step = [&](const TrainPosition&) { return run.Step(), Status(); };
  TrainConfig config{
      .step = step, .components = &run.components, .steps_per_epoch = 5, .max_epoch = 2};
  ASSERT_TRUE(Train(config).ok());
  EXPECT_EQ(saved, GetParam().saved);
  // A run that was finished has nothing to save.
  config.resume_at = TrainPosition{10, 2, 0};
  EXPECT_TRUE(Train(config).ok());
  EXPECT_EQ(saved, GetParam().saved);
}

INSTANTIATE_TEST_SUITE_P(
    , ModelSaverTriggerTest,
    testing::Values(Triggers{"EveryEpoch", 0, {"model-5", "model-10"}},
                    Triggers{"EveryFourSteps", 4, {"model-4", "model-8", "model-10"}},
                    Triggers{"EveryEpochInSteps", 5, {"model-5", "model-10"}},
                    Triggers{"LessOftenThanTheRunIsLong", 99, {"model-10"}}),
    [](const auto& test_info) { return std::string(test_info.param.what); });

class SortedLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    (level == LogLevel::kInfo ? infos : troubles).emplace_back(line);
  }
  std::vector<std::string> infos, troubles;

 private:
  std::mutex mutex_;
};

// Blocking, and in the background.
class FailedSaveTest : public ModelSaverTest, public testing::WithParamInterface<bool> {
 protected:
  // Trains two epochs of two steps; the file system fails as it was told.
  Status TrainFour(FaultFileSystem& faulty) {
    ToyRun toy;
    ModelSaverOptions with = options;
    with.background = GetParam();
    with.log = &log;
    ModelSaver saver(faulty, "run", toy.session, toy.components, with);
    toy.components.Add(saver);
    const auto step = [&](const TrainPosition&) { return toy.Step(), Status(); };
    return Train(
               {.step = step, .components = &toy.components, .steps_per_epoch = 2, .max_epoch = 2})
        .status();
  }

  SortedLog log;
};

TEST_P(FailedSaveTest, OnAFullDiskTheTrainingGoesOn) {
  FaultFileSystem faulty(fs);
  for (int i = 0; i < 2; ++i)
    faulty.script().Inject(
        {.call = Call::kSync, .reason = Reason::kNoSpace, .path_part = "model-2."});
  const Status trained = TrainFour(faulty);
  EXPECT_TRUE(trained.ok()) << trained.message();
  EXPECT_THAT(log.troubles, ElementsAre(AllOf(HasSubstr("model-2 is not saved"),
                                              HasSubstr("bytes are needed"), HasSubstr("free"))));
  EXPECT_EQ(ReadStateFile(fs, "run")->latest, "model-4");
}

TEST_P(FailedSaveTest, AnyOtherErrorEndsIt) {
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kSync, .reason = Reason::kIo, .path_part = "model-2."});
  EXPECT_EQ(TrainFour(faulty).reason(), Reason::kIo);
  EXPECT_FALSE(*fs.Exists("run/model-4.index"));
}

TEST_P(FailedSaveTest, TheLastStepIsNotPassedOver) {
  FaultFileSystem faulty(fs);
  faulty.script().Inject({.call = Call::kSync,
                          .reason = Reason::kNoSpace,
                          .repeat = Repeat::kSticky,
                          .path_part = "model-4."});
  EXPECT_EQ(TrainFour(faulty).reason(), Reason::kNoSpace);
}

INSTANTIATE_TEST_SUITE_P(, FailedSaveTest, testing::Bool(), [](const auto& test_info) {
  return std::string(test_info.param ? "InTheBackground" : "Blocking");
});

}  // namespace
}  // namespace cairn
