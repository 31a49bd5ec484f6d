#include "cairn/testing/fault_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"

namespace cairn {
namespace {

using testing::ElementsAre;

class FaultFileSystemTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(memory_.Put("/d/f", AsBytes("0123456789")).ok()); }

  MemoryFileSystem memory_;
  FaultFileSystem fs_{memory_};
  FaultScript& script_ = fs_.script();
};

// Each kind of call, carried out once with success.
struct KindOfCall {
  Call call;
  std::function<Status(FileSystem&)> carry_out;
};

std::vector<KindOfCall> KindsOfCalls() {
  const auto with_file = [](FileSystem& fs, const std::function<Status(WritableFile&)>& use) {
    static int count = 0;
    auto file = fs.CreateForWriting("/d/new" + std::to_string(count++));
    return file.ok() ? use(**file) : file.status();
  };
  return {
      {Call::kOpen,
       [](FileSystem& fs) { return fs.OpenForReading("/d/f", Access::kMap).status(); }},
      {Call::kRead, [](FileSystem& fs) { return ReadWholeFile(fs, "/d/f").status(); }},
      {Call::kCreate,
       [=](FileSystem& fs) { return with_file(fs, [](WritableFile&) { return Status(); }); }},
      {Call::kWrite,
       [=](FileSystem& fs) {
         return with_file(fs, [](WritableFile& file) { return file.WriteAt(0, AsBytes("x")); });
       }},
      {Call::kAllocate,
       [=](FileSystem& fs) {
         return with_file(fs, [](WritableFile& file) { return file.Allocate(1); });
       }},
      {Call::kSync,
       [=](FileSystem& fs) {
         return with_file(fs, [](WritableFile& file) { return file.Sync(); });
       }},
      {Call::kClose,
       [=](FileSystem& fs) {
         return with_file(fs, [](WritableFile& file) { return file.Close(); });
       }},
      {Call::kStat, [](FileSystem& fs) { return fs.Stat("/d/f").status(); }},
      {Call::kList, [](FileSystem& fs) { return fs.List("/d").status(); }},
      {Call::kCreateDirectories, [](FileSystem& fs) { return fs.CreateDirectories("/d/e"); }},
      {Call::kRename, [](FileSystem& fs) { return fs.Rename("/d/f", "/d/f"); }},
      {Call::kRemove,
       [](FileSystem& fs) {
         (void)WriteWholeFile(fs, "/other", {});
         return fs.Remove("/other");
       }},
      {Call::kSyncDirectory, [](FileSystem& fs) { return fs.SyncDirectory("/d"); }},
      {Call::kFreeSpace, [](FileSystem& fs) { return fs.GetFreeSpace("/d").status(); }},
      {Call::kLock, [](FileSystem& fs) { return fs.Lock("/d/lock").status(); }},
  };
}

TEST_F(FaultFileSystemTest, EveryKindOfCallCanFailAndIsCounted) {
  const std::vector<KindOfCall> kinds = KindsOfCalls();
  ASSERT_EQ(kinds.size(), kNumCalls);
  for (const KindOfCall& kind : kinds) {
    script_.Reset();
    EXPECT_TRUE(kind.carry_out(fs_).ok()) << Name(kind.call);
    EXPECT_GE(script_.count(kind.call), 1u) << Name(kind.call);
    script_.Reset();
    script_.Inject({.call = kind.call, .reason = Reason::kChanged, .repeat = Repeat::kSticky});
    EXPECT_EQ(kind.carry_out(fs_).reason(), Reason::kChanged) << Name(kind.call);
    EXPECT_GE(script_.count(kind.call), 1u) << Name(kind.call);
  }
}

TEST_F(FaultFileSystemTest, RenameNoReplaceIsARename) {
  script_.Inject({.call = Call::kRename, .reason = Reason::kIo});
  EXPECT_EQ(fs_.RenameNoReplace("/d/f", "/d/g").reason(), Reason::kIo);
  EXPECT_EQ(fs_.RenameNoReplace("/d/f", "/d/g").reason(), Reason::kNone);
}

TEST_F(FaultFileSystemTest, RemoveDirectoryIsARemove) {
  ASSERT_TRUE(memory_.CreateDirectories("/d/empty").ok());
  script_.Inject({.call = Call::kRemove, .reason = Reason::kIo});
  EXPECT_EQ(fs_.RemoveDirectory("/d/empty").reason(), Reason::kIo);
  EXPECT_EQ(fs_.RemoveDirectory("/d/empty").reason(), Reason::kNone);
}

TEST_F(FaultFileSystemTest, AFaultComesOnceOrStays) {
  script_.Inject({.call = Call::kStat, .nth = 2});
  script_.Inject({.call = Call::kList, .nth = 2, .repeat = Repeat::kSticky});
  std::vector<bool> stats;
  std::vector<bool> lists;
  for (int i = 0; i < 4; ++i) {
    stats.push_back(fs_.Stat("/d/f").ok());
    lists.push_back(fs_.List("/d").ok());
  }
  EXPECT_THAT(stats, ElementsAre(true, false, true, true));
  EXPECT_THAT(lists, ElementsAre(true, false, false, false));
}

TEST_F(FaultFileSystemTest, AFaultMayBeOfOnePathAlone) {
  script_.Inject({.call = Call::kCreate, .reason = Reason::kNoSpace, .path_part = "state"});
  EXPECT_TRUE(fs_.CreateForWriting("/d/data").ok());
  EXPECT_EQ(fs_.CreateForWriting("/d/state.tmp").status().reason(), Reason::kNoSpace);
}

TEST_F(FaultFileSystemTest, TheFailedCallIsNotCarriedOut) {
  script_.Inject({.call = Call::kCreate});
  script_.Inject({.call = Call::kRemove});
  script_.Inject({.call = Call::kRename});
  EXPECT_FALSE(fs_.CreateForWriting("/d/x").ok());
  EXPECT_FALSE(fs_.Remove("/d/f").ok());
  EXPECT_FALSE(fs_.Rename("/d/f", "/d/g").ok());
  EXPECT_THAT(memory_.List("/d").value(), ElementsAre("f"));
}

TEST_F(FaultFileSystemTest, AWriteMayBeShort) {
  script_.Inject({.call = Call::kWrite, .reason = Reason::kNoSpace, .nth = 2, .done_nbytes = 3});
  const auto file = fs_.CreateForWriting("/g").value();
  EXPECT_TRUE(file->WriteAt(0, AsBytes("abcd")).ok());
  EXPECT_EQ(file->WriteAt(4, AsBytes("efgh")).reason(), Reason::kNoSpace);
  EXPECT_EQ(AsText(*memory_.Get("/g")), "abcdefg");
}

TEST_F(FaultFileSystemTest, AReadMayBeShort) {
  script_.Inject({.call = Call::kRead, .reason = Reason::kIo, .done_nbytes = 2});
  const auto file = fs_.OpenForReading("/d/f", Access::kMap).value();
  EXPECT_TRUE(file->mapped().empty());
  std::string text = "....";
  EXPECT_EQ(file->ReadAt(0, std::as_writable_bytes(std::span(text))).reason(), Reason::kIo);
  EXPECT_EQ(text, "01..");
}

TEST_F(FaultFileSystemTest, AFailedSyncSyncsNothing) {
  script_.Inject({.call = Call::kSync});
  const auto file = fs_.CreateForWriting("/g").value();
  EXPECT_TRUE(file->WriteAt(0, AsBytes("text")).ok());
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(AsText(*memory_.AfterPowerCut()->Get("/g")), "");
}

TEST_F(FaultFileSystemTest, AFailedCloseClosesAllTheSame) {
  script_.Inject({.call = Call::kClose, .reason = Reason::kNoSpace});
  const auto file = fs_.CreateForWriting("/g").value();
  EXPECT_EQ(file->Close().reason(), Reason::kNoSpace);
  EXPECT_EQ(file->WriteAt(0, AsBytes("x")).reason(), Reason::kIo);
}

TEST_F(FaultFileSystemTest, AfterAStopNothingWorks) {
  script_.StopAt(3, 2);
  const auto file = fs_.CreateForWriting("/g").value();  // 1
  EXPECT_TRUE(file->WriteAt(0, AsBytes("abc")).ok());    // 2
  EXPECT_TRUE(fs_.Stat("/g").ok());                      // not a mutation
  EXPECT_FALSE(script_.has_stopped());
  EXPECT_EQ(file->WriteAt(3, AsBytes("def")).reason(), Reason::kIo);  // 3
  EXPECT_TRUE(script_.has_stopped());
  EXPECT_EQ(AsText(*memory_.Get("/g")), "abcde");
  for (const KindOfCall& kind : KindsOfCalls())
    EXPECT_EQ(kind.carry_out(fs_).reason(), Reason::kIo) << Name(kind.call);
  EXPECT_EQ(file->Close().reason(), Reason::kIo);
  EXPECT_EQ(AsText(*memory_.Get("/g")), "abcde");
  EXPECT_THAT(memory_.List("/").value(), ElementsAre("d", "g"));
}

TEST_F(FaultFileSystemTest, AStopIsCountedFromWhereItIsSet) {
  EXPECT_TRUE(fs_.SyncDirectory("/d").ok());
  script_.StopAt(2);
  EXPECT_TRUE(fs_.SyncDirectory("/d").ok());
  EXPECT_FALSE(fs_.SyncDirectory("/d").ok());
  EXPECT_EQ(script_.num_mutations(), 3u);
  script_.Reset();
  EXPECT_TRUE(fs_.SyncDirectory("/d").ok());
  EXPECT_EQ(script_.num_mutations(), 1u);
}

TEST_F(FaultFileSystemTest, TheTraceTellsWhatWasAsked) {
  script_.Inject({.call = Call::kSync});
  const auto file = fs_.CreateForWriting("/g").value();
  EXPECT_TRUE(file->Allocate(10).ok());
  EXPECT_TRUE(file->WriteAt(4, AsBytes("abc")).ok());
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_FALSE(fs_.Rename("/missing", "/h").ok());  // the base refuses
  EXPECT_TRUE(fs_.Stat("/g").ok());
  EXPECT_TRUE(file->Close().ok());
  EXPECT_THAT(script_.Mutations(),
              ElementsAre("create /g", "allocate /g 10", "write /g 3 at 4", "sync /g: E_IO",
                          "rename /missing to /h: E_MISSING", "close /g"));
  const std::vector<TracedCall> trace = script_.trace();
  EXPECT_EQ(trace.size(), 7u);
  EXPECT_EQ(trace[2].file, trace[0].file);
  EXPECT_EQ(ToString(trace[5]), "stat /g");
}

// ---- The rule about what must not be used again

struct UseCase {
  const char* what;
  std::function<void(FileSystem&, WritableFile&)> use;  // of /g, whose first Sync fails
  const char* found;
};

class UseAfterFailureTest : public testing::TestWithParam<UseCase> {};

TEST_P(UseAfterFailureTest, IsFound) {
  MemoryFileSystem memory;
  FaultFileSystem fs(memory);
  fs.script().Inject({.call = Call::kSync, .path_part = "/g"});
  fs.script().Inject({.call = Call::kClose, .path_part = "/g"});
  const auto file = fs.CreateForWriting("/g").value();
  GetParam().use(fs, *file);
  EXPECT_EQ(fs.script().UseAfterFailure().value_or(""), GetParam().found) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(, UseAfterFailureTest,
                         testing::Values(UseCase{"synced again",
                                                 [](FileSystem&, WritableFile& file) {
                                                   (void)file.Sync();
                                                   (void)file.Sync();
                                                 },
                                                 "sync /g"},
                                         UseCase{"written again",
                                                 [](FileSystem&, WritableFile& file) {
                                                   (void)file.Sync();
                                                   (void)file.WriteAt(0, AsBytes("x"));
                                                 },
                                                 "write /g 1 at 0"},
                                         UseCase{"committed",
                                                 [](FileSystem& fs, WritableFile& file) {
                                                   (void)file.Sync();
                                                   (void)fs.Rename("/g", "/h");
                                                 },
                                                 "rename /g to /h"},
                                         UseCase{"committed after a failed close",
                                                 [](FileSystem& fs, WritableFile& file) {
                                                   (void)file.Close();
                                                   (void)fs.RenameNoReplace("/g", "/h");
                                                 },
                                                 "rename /g to /h"},
                                         UseCase{"closed and removed, and the name used again",
                                                 [](FileSystem& fs, WritableFile& file) {
                                                   (void)file.Sync();
                                                   (void)file.Close();
                                                   (void)fs.Remove("/g");
                                                   (void)WriteWholeFile(fs, "/g", AsBytes("x"));
                                                   (void)fs.Rename("/g", "/h");
                                                 },
                                                 ""},
                                         UseCase{"another file is synced",
                                                 [](FileSystem& fs, WritableFile& file) {
                                                   (void)file.Sync();
                                                   (void)fs.CreateForWriting("/h").value()->Sync();
                                                 },
                                                 ""}));

}  // namespace
}  // namespace cairn
