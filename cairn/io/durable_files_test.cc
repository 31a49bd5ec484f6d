#include "cairn/io/durable_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::string Text(const MemoryFileSystem& fs, const std::string& path) {
  const auto bytes = fs.Get(path);
  return bytes.ok() ? std::string(AsText(*bytes))
                    : std::string(ReasonWord(bytes.status().reason()));
}

class DurableFileTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_.CreateDirectories("/d").ok()); }

  Status Write(std::string_view text, IfExists if_exists = IfExists::kReplace) {
    return WriteFileDurably(fs_, "/d/f", AsBytes(text), if_exists);
  }

  MemoryFileSystem disk_;
  FaultFileSystem fs_{disk_};
};

TEST_F(DurableFileTest, IsSeenOnlyAfterCommit) {
  auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
  EXPECT_TRUE(file.file().WriteAt(0, AsBytes("text")).ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "E_MISSING");
  EXPECT_TRUE(file.Commit().ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "text");
}

TEST_F(DurableFileTest, LeavesNothingWithoutCommit) {
  {
    auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
    EXPECT_TRUE(file.file().WriteAt(0, AsBytes("text")).ok());
    const DurableFile moved = std::move(file);
  }
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre());
}

// Names and contents are there all the same; only a power cut could tell.
TEST_F(DurableFileTest, WithoutDurabilityNothingIsSynced) {
  DurableFiles files(fs_, IfExists::kFail, Durability::kNone);
  ASSERT_TRUE(files.Add("/d/data", 4).ok());
  ASSERT_TRUE(files.file(0).WriteAt(0, AsBytes("text")).ok());
  ASSERT_TRUE(files.AddCommitFile("/d/index", AsBytes("index"), IfExists::kFail).ok());
  ASSERT_TRUE(files.Commit().ok());
  EXPECT_EQ(Text(disk_, "/d/data"), "text");
  EXPECT_EQ(Text(disk_, "/d/index"), "index");
  EXPECT_EQ(fs_.script().count(Call::kSync), 0u);
  EXPECT_EQ(fs_.script().count(Call::kSyncDirectory), 0u);
}

TEST_F(DurableFileTest, DoesNotReplaceUnlessToldTo) {
  ASSERT_TRUE(Write("old").ok());
  EXPECT_EQ(Write("new", IfExists::kFail).reason(), Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/f"), "old");
  EXPECT_TRUE(Write("new", IfExists::kReplace).ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "new");
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre("f"));
}

TEST_F(DurableFileTest, DoesNotReplaceWhatCameMeanwhile) {
  auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
  ASSERT_TRUE(disk_.Put("/d/f", AsBytes("theirs")).ok());
  EXPECT_EQ(file.Commit().reason(), Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/f"), "theirs");
}

TEST_F(DurableFileTest, CountsPastWhatCrashesLeft) {
  ASSERT_TRUE(disk_.Put("/d/f.cairn-tmp0", AsBytes("left")).ok());
  EXPECT_TRUE(Write("text").ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "text");
  EXPECT_EQ(Text(disk_, "/d/f.cairn-tmp0"), "left");
  for (int i = 1; i < 100; ++i)
    ASSERT_TRUE(disk_.Put("/d/f.cairn-tmp" + std::to_string(i), {}).ok());
  // Nor do a hundred of them stand in the way, or folders.
  ASSERT_TRUE(disk_.CreateDirectories("/d/f.cairn-tmp100").ok());
  EXPECT_TRUE(Write("more").ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "more");
  EXPECT_EQ(disk_.List("/d")->size(), 102u);
}

// A set of two files and a commit file, and one file that replaces an older one.
struct Write {
  const char* what;
  Status (*run)(FileSystem& fs);
  std::vector<std::string> before;  // what is in the directory without it
  std::vector<std::string> after;   // and with it
  std::vector<std::string> steps;
};

void PrintTo(const Write& write, std::ostream* out) { *out << write.what; }

Status WriteSet(FileSystem& fs) {
  DurableFiles files(fs, IfExists::kFail);
  CAIRN_RETURN_IF_ERROR(files.Add("/d/a", 3));
  CAIRN_RETURN_IF_ERROR(files.Add("/d/b", 0));
  CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, AsBytes("new")));
  CAIRN_RETURN_IF_ERROR(files.file(1).WriteAt(0, AsBytes("new")));
  CAIRN_RETURN_IF_ERROR(files.AddCommitFile("/d/index", AsBytes("new"), IfExists::kFail));
  return files.Commit();
}

Status ReplaceFile(FileSystem& fs) {
  return WriteFileDurably(fs, "/d/old", AsBytes("new"), IfExists::kReplace);
}

const Write kWrites[] = {
    {"a set with a commit file",
     WriteSet,
     {"old=old"},
     {"a=new", "b=new", "index=new", "old=old"},
     {"create /d/a.cairn-tmp0",
      "allocate /d/a.cairn-tmp0 3",
      "create /d/b.cairn-tmp0",
      "allocate /d/b.cairn-tmp0 0",
      "write /d/a.cairn-tmp0 3 at 0",
      "write /d/b.cairn-tmp0 3 at 0",
      "create /d/index.cairn-tmp0",
      "allocate /d/index.cairn-tmp0 3",
      "write /d/index.cairn-tmp0 3 at 0",
      "sync /d/a.cairn-tmp0",
      "sync /d/b.cairn-tmp0",
      "sync /d/index.cairn-tmp0",
      "close /d/a.cairn-tmp0",
      "rename /d/a.cairn-tmp0 to /d/a",
      "close /d/b.cairn-tmp0",
      "rename /d/b.cairn-tmp0 to /d/b",
      "sync-directory /d",
      "close /d/index.cairn-tmp0",
      "rename /d/index.cairn-tmp0 to /d/index",
      "sync-directory /d"}},
    {"a file that replaces another",
     ReplaceFile,
     {"old=old"},
     {"old=new"},
     {"create /d/old.cairn-tmp0", "allocate /d/old.cairn-tmp0 3", "write /d/old.cairn-tmp0 3 at 0",
      "sync /d/old.cairn-tmp0", "close /d/old.cairn-tmp0", "rename /d/old.cairn-tmp0 to /d/old",
      "sync-directory /d"}}};

class DurableWriteTest : public testing::TestWithParam<Write> {
 protected:
  // A directory with one file, all of it on stable storage.
  static void Prepare(MemoryFileSystem& disk) {
    ASSERT_TRUE(disk.CreateDirectories("/d").ok());
    ASSERT_TRUE(WriteFileDurably(disk, "/d/old", AsBytes("old"), IfExists::kFail).ok());
  }

  // "name=content" of each file.
  static std::vector<std::string> ContentsOf(MemoryFileSystem& disk) {
    std::vector<std::string> contents;
    const std::vector<std::string> names = disk.List("/d").value();
    for (const std::string& name : names) contents.push_back(name + "=" + Text(disk, "/d/" + name));
    return contents;
  }

  // Whether `disk` holds all of the new files, or, of a set, does not hold its commit file.
  bool IsOldOrNew(MemoryFileSystem& disk, bool must_be_new) const {
    std::vector<std::string> contents = ContentsOf(disk);
    std::erase_if(contents, [](const std::string& line) {
      return line.find(".cairn-tmp") != std::string::npos;  // the next start removes them
    });
    if (contents == GetParam().after) return true;
    if (must_be_new) return false;
    const auto is_absent = [&](const std::string& line) {
      return std::ranges::find(contents, line) == contents.end();
    };
    const bool has_old = std::ranges::none_of(GetParam().before, is_absent);
    return has_old && !disk.Exists("/d/index").value();
  }
};

TEST_P(DurableWriteTest, TakesTheseSteps) {
  MemoryFileSystem disk;
  Prepare(disk);
  FaultFileSystem fs(disk);
  ASSERT_TRUE(GetParam().run(fs).ok());
  EXPECT_THAT(fs.script().Mutations(), ElementsAreArray(GetParam().steps));
  EXPECT_EQ(ContentsOf(disk), GetParam().after);
}

// Each call fails in turn, once and for good, and then the power is cut.
TEST_P(DurableWriteTest, AfterAnyErrorOldOrNewIsThereAndNoLitter) {
  MemoryFileSystem clean;
  Prepare(clean);
  FaultFileSystem counted(clean);
  ASSERT_TRUE(GetParam().run(counted).ok());
  std::map<Call, uint64_t> made;
  for (const TracedCall& call : counted.script().trace()) {
    const uint64_t nth = ++made[call.call];
    for (const Repeat repeat : {Repeat::kOnce, Repeat::kSticky}) {
      const std::string where = ToString(call) + (repeat == Repeat::kOnce ? " once" : " for good");
      MemoryFileSystem disk;
      Prepare(disk);
      FaultFileSystem fs(disk);
      fs.script().Inject({call.call, Reason::kNoSpace, nth, repeat, call.nbytes / 2});
      EXPECT_EQ(GetParam().run(fs).reason(), Reason::kNoSpace) << where;
      EXPECT_EQ(fs.script().UseAfterFailure(), std::nullopt) << where;
      EXPECT_THAT(ContentsOf(disk), AnyOf(GetParam().before, GetParam().after)) << where;
      // Where the directory cannot be synced at all, nobody can order removals on the disk.
      if (call.call == Call::kSyncDirectory && repeat == Repeat::kSticky) continue;
      PowerCutStates().ForEachNew(disk, [&](MemoryFileSystem& after, const std::string& what) {
        EXPECT_TRUE(IsOldOrNew(after, false)) << where << "; " << what;
      });
    }
  }
  EXPECT_GT(made[Call::kSyncDirectory], 0u);
}

// The machine stops at each step in turn, and loses what it may lose.
TEST_P(DurableWriteTest, APowerCutLeavesOldOrNew) {
  bool has_stopped = true;
  uint64_t step = 0;
  while (has_stopped) {
    MemoryFileSystem disk;
    Prepare(disk);
    FaultFileSystem fs(disk);
    fs.script().StopAt(++step, 1);
    const Status status = GetParam().run(fs);
    has_stopped = fs.script().has_stopped();
    EXPECT_EQ(status.ok(), !has_stopped);
    PowerCutStates().ForEachNew(disk, [&](MemoryFileSystem& after, const std::string& what) {
      EXPECT_TRUE(IsOldOrNew(after, status.ok())) << step << ": " << what;
    });
  }
  EXPECT_GT(step, 6u);
}

INSTANTIATE_TEST_SUITE_P(, DurableWriteTest, testing::ValuesIn(kWrites),
                         [](const auto& row) { return RowName(row.param.what); });

TEST_F(DurableFileTest, RemovesTheCommitFileForGoodBeforeTheOthers) {
  fs_.script().Inject({.call = Call::kSyncDirectory, .nth = 2});
  EXPECT_FALSE(WriteSet(fs_).ok());
  const std::vector<std::string> steps = fs_.script().Mutations();
  EXPECT_THAT(std::vector(steps.end() - 4, steps.end()),
              ElementsAre("remove /d/index", "sync-directory /d", "remove /d/b", "remove /d/a"));
}

// A set of new data and a commit file that takes the place of an older one.
class ReplacingCommitTest : public DurableFileTest {
 protected:
  void SetUp() override {
    DurableFileTest::SetUp();
    ASSERT_TRUE(disk_.Put("/d/old-data", AsBytes("old")).ok());
    ASSERT_TRUE(disk_.Put("/d/index", AsBytes("names old-data")).ok());
  }
  Status Replace() {
    DurableFiles files(fs_, IfExists::kFail);
    CAIRN_RETURN_IF_ERROR(files.Add("/d/new-data", 3));
    CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, AsBytes("new")));
    CAIRN_RETURN_IF_ERROR(
        files.AddCommitFile("/d/index", AsBytes("names new-data"), IfExists::kReplace));
    return files.Commit();
  }
};

TEST_F(ReplacingCommitTest, TheCommitFileIsReplacedAfterTheDataIsDurable) {
  ASSERT_TRUE(Replace().ok());
  EXPECT_EQ(Text(disk_, "/d/index"), "names new-data");
  EXPECT_THAT(
      fs_.script().Mutations(),
      ElementsAre(HasSubstr("create"), HasSubstr("allocate"), HasSubstr("write"),
                  HasSubstr("create"), HasSubstr("allocate"), HasSubstr("write"), HasSubstr("sync"),
                  HasSubstr("sync"), HasSubstr("close"), HasSubstr("rename"), "sync-directory /d",
                  HasSubstr("close"), HasSubstr("rename"), "sync-directory /d"));
}

TEST_F(ReplacingCommitTest, DataDoesNotReplaceAnything) {
  ASSERT_TRUE(disk_.Put("/d/new-data", AsBytes("theirs")).ok());
  EXPECT_EQ(Replace().reason(), Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/new-data"), "theirs");
  EXPECT_EQ(Text(disk_, "/d/index"), "names old-data");
}

// Before the rename of the commit file an error leaves the old set alone; after it, both sets stay,
// because nobody knows which of the two commit files a power cut would leave.
TEST_F(ReplacingCommitTest, AfterAnErrorWhatTheCommitFileNamesIsThere) {
  for (const Call call : {Call::kCreate, Call::kWrite, Call::kSync, Call::kRename}) {
    for (const uint64_t nth : {1, 2}) {
      fs_.script().Reset();
      fs_.script().Inject({.call = call, .nth = nth});
      EXPECT_FALSE(Replace().ok()) << Name(call) << nth;
      EXPECT_EQ(Text(disk_, "/d/index"), "names old-data") << Name(call) << nth;
      EXPECT_THAT(disk_.List("/d").value(), ElementsAre("index", "old-data")) << Name(call) << nth;
    }
  }
  fs_.script().Reset();
  fs_.script().Inject({.call = Call::kSyncDirectory, .nth = 2});
  EXPECT_FALSE(Replace().ok());
  EXPECT_EQ(Text(disk_, "/d/index"), "names new-data");
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre("index", "new-data", "old-data"));
}

TEST_F(DurableFileTest, LeavesAloneTheFilesOfOthers) {
  DurableFiles files(fs_, IfExists::kFail);
  ASSERT_TRUE(files.Add("/d/a", 0).ok());
  ASSERT_TRUE(disk_.Put("/d/index", AsBytes("theirs")).ok());
  EXPECT_EQ(files.AddCommitFile("/d/index", AsBytes("ours"), IfExists::kFail).reason(),
            Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/index"), "theirs");
}

TEST_F(DurableFileTest, LeavesAloneACommitFileThatCameMeanwhile) {
  DurableFiles files(fs_, IfExists::kFail);
  ASSERT_TRUE(files.Add("/d/a", 0).ok());
  ASSERT_TRUE(files.AddCommitFile("/d/index", AsBytes("ours"), IfExists::kFail).ok());
  ASSERT_TRUE(disk_.Put("/d/index", AsBytes("theirs")).ok());
  EXPECT_EQ(files.Commit().reason(), Reason::kExists);
  EXPECT_EQ(disk_.Exists("/d/a").value(), false);
  EXPECT_EQ(Text(disk_, "/d/index"), "theirs");
}

TEST_F(DurableFileTest, RemovesTemporaryFilesOfAPrefixAlone) {
  const std::vector<std::string> kept = {"/d/.cairn-tmp0", "/d/stats", "/d/stats.cairn-tmp",
                                         "/d/stats.cairn-tmpx", "/d/x.cairn-tmp0"};
  for (const std::string& path : kept) ASSERT_TRUE(disk_.Put(path, AsBytes("x")).ok());
  for (const char* path : {"/d/stats.cairn-tmp0", "/d/stats.json.cairn-tmp17"})
    ASSERT_TRUE(disk_.Put(path, AsBytes("x")).ok());
  EXPECT_TRUE(RemoveTemporaryFiles(fs_, "/d", "stats").ok());
  EXPECT_EQ(disk_.List("/d")->size(), kept.size());
  for (const std::string& path : kept) EXPECT_TRUE(*disk_.Exists(path)) << path;
}

TEST_F(DurableFileTest, SaysWhatIsNeededWhereThereIsNoRoom) {
  EXPECT_TRUE(PrepareDirectory(fs_, "/new/deep", 1, 1).ok());
  EXPECT_TRUE(*disk_.Exists("/new/deep"));
  const Status status = PrepareDirectory(fs_, "/d", UINT64_MAX, 1);
  EXPECT_EQ(status.reason(), Reason::kNoSpace);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/d: 18446744073709551615 bytes needed, "));
}

}  // namespace
}  // namespace cairn
