// Power cuts. What the file system in memory shares with others is in file_system_test.cc.
#include "cairn/io/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "cairn/testing/damage.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Text(const MemoryFileSystem& fs, const std::string& path) {
  const auto bytes = fs.Get(path);
  return bytes.ok() ? std::string(AsText(*bytes))
                    : std::string(ReasonWord(bytes.status().reason()));
}

class PowerCutTest : public testing::Test {
 protected:
  std::unique_ptr<WritableFile> Create(const std::string& path, std::string_view text) {
    auto file = fs_.CreateForWriting(path).value();
    EXPECT_TRUE(file->WriteAt(0, AsBytes(text)).ok());
    return file;
  }
  std::string After(const std::string& path, Survives survives = Survives::kSynced) {
    return Text(*fs_.AfterPowerCut(survives), path);
  }

  MemoryFileSystem fs_;
};

TEST_F(PowerCutTest, TakesNamesThatWereNotSynced) {
  EXPECT_TRUE(Create("/f", "text")->Sync().ok());
  EXPECT_EQ(After("/f"), "E_MISSING");
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_EQ(After("/f"), "text");
}

TEST_F(PowerCutTest, TakesContentsThatWereNotSynced) {
  const auto file = Create("/f", "text");
  EXPECT_TRUE(file->Close().ok());
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_EQ(After("/f"), "");
}

TEST_F(PowerCutTest, LeavesContentsAsOfTheLastSync) {
  const auto file = Create("/f", "one");
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_TRUE(file->WriteAt(1, AsBytes("XYZ")).ok());
  EXPECT_EQ(After("/f"), "one");
  EXPECT_EQ(Text(fs_, "/f"), "oXYZ");
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(After("/f"), "oXYZ");
}

TEST_F(PowerCutTest, UndoesRenamesThatWereNotSynced) {
  ASSERT_TRUE(fs_.Put("/f", AsBytes("old")).ok());
  ASSERT_TRUE(fs_.Put("/tmp", AsBytes("new")).ok());
  EXPECT_TRUE(fs_.Rename("/tmp", "/f").ok());
  EXPECT_EQ(After("/f"), "old");
  EXPECT_EQ(After("/tmp"), "new");
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_EQ(After("/f"), "new");
  EXPECT_EQ(After("/tmp"), "E_MISSING");
}

TEST_F(PowerCutTest, BringsBackRemovedFilesThatWereNotSynced) {
  ASSERT_TRUE(fs_.Put("/f", AsBytes("text")).ok());
  EXPECT_TRUE(fs_.Remove("/f").ok());
  EXPECT_EQ(Text(fs_, "/f"), "E_MISSING");
  EXPECT_EQ(After("/f"), "text");
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_EQ(After("/f"), "E_MISSING");
}

TEST_F(PowerCutTest, MayLeaveAFileUnderBothNamesWhenItMoved) {
  ASSERT_TRUE(fs_.Put("/a/f", AsBytes("text")).ok());
  ASSERT_TRUE(fs_.CreateDirectories("/b").ok());
  EXPECT_TRUE(fs_.Rename("/a/f", "/b/f").ok());
  EXPECT_TRUE(fs_.SyncDirectory("/b").ok());
  EXPECT_EQ(After("/a/f") + After("/b/f"), "texttext");
  EXPECT_TRUE(fs_.SyncDirectory("/a").ok());
  EXPECT_EQ(After("/a/f") + After("/b/f"), "E_MISSINGtext");
}

TEST_F(PowerCutTest, BringsBackADirectoryWhoseRemovalWasNotSynced) {
  ASSERT_TRUE(fs_.CreateDirectories("/gone").ok());
  ASSERT_TRUE(fs_.RemoveDirectory("/gone").ok());
  EXPECT_TRUE(*fs_.AfterPowerCut()->Exists("/gone"));
  ASSERT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_FALSE(*fs_.AfterPowerCut()->Exists("/gone"));
}

TEST_F(PowerCutTest, LeavesDirectoriesThatWereCreated) {
  EXPECT_TRUE(fs_.CreateDirectories("/a/b/c").ok());
  EXPECT_EQ(fs_.AfterPowerCut()->Stat("/a/b/c")->kind, FileKind::kDirectory);
}

TEST_F(PowerCutTest, NamesMayComeThroughWithoutContents) {
  const auto file = Create("/f", "text");
  EXPECT_EQ(After("/f", Survives::kNamesAndSizes), std::string(4, '\0'));
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_TRUE(file->WriteAt(4, AsBytes("more")).ok());
  EXPECT_EQ(After("/f", Survives::kNamesAndSizes), std::string("text\0\0\0\0", 8));
  ASSERT_TRUE(fs_.Put("/old", AsBytes("old")).ok());
  EXPECT_TRUE(fs_.Rename("/f", "/old").ok());
  EXPECT_EQ(After("/old", Survives::kNamesAndSizes), std::string("text\0\0\0\0", 8));
}

TEST_F(PowerCutTest, ListsWhatItMightUndo) {
  ASSERT_TRUE(fs_.Put("/a/old", AsBytes("text")).ok());
  ASSERT_TRUE(fs_.Put("/b/f", AsBytes("text")).ok());
  EXPECT_THAT(fs_.ListUnsyncedChanges().names, IsEmpty());
  const auto file = Create("/a/tmp", "text");
  EXPECT_TRUE(fs_.Rename("/a/tmp", "/a/new").ok());
  EXPECT_TRUE(fs_.Rename("/a/old", "/b/old").ok());
  EXPECT_TRUE(fs_.Remove("/b/f").ok());
  EXPECT_THAT(fs_.ListUnsyncedChanges().names,
              ElementsAre("/a/: +tmp", "/a/: -tmp +new", testing::AnyOf("/a/: -old", "/b/: +old"),
                          testing::AnyOf("/a/: -old", "/b/: +old"), "/b/: -f"));
  EXPECT_THAT(fs_.ListUnsyncedChanges().files, ElementsAre("/a/new"));
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_THAT(fs_.ListUnsyncedChanges().files, IsEmpty());
  EXPECT_TRUE(fs_.SyncDirectory("/a").ok());
  EXPECT_THAT(fs_.ListUnsyncedChanges().names, ElementsAre("/b/: +old", "/b/: -f"));
}

TEST_F(PowerCutTest, LeavesTheChangesThatReachedTheDisk) {
  ASSERT_TRUE(fs_.Put("/f", AsBytes("old")).ok());
  ASSERT_TRUE(fs_.Put("/tmp", AsBytes("new")).ok());
  EXPECT_TRUE(fs_.Rename("/tmp", "/f").ok());
  EXPECT_TRUE(fs_.Rename("/f", "/g").ok());
  const auto texts = [&](std::vector<bool> names) {
    const auto after = fs_.AfterPowerCut(PowerCut{std::move(names), {}});
    return Text(*after, "/tmp") + " " + Text(*after, "/f") + " " + Text(*after, "/g");
  };
  EXPECT_EQ(texts({}), "new old E_MISSING");
  EXPECT_EQ(texts({true}), "E_MISSING new E_MISSING");
  EXPECT_EQ(texts({false, true}), "new E_MISSING new");
  EXPECT_EQ(texts({true, true}), "E_MISSING E_MISSING new");
}

TEST_F(PowerCutTest, LeavesSomeOfAFile) {
  const auto file = Create("/f", "ab");
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_TRUE(file->WriteAt(0, AsBytes("ABCDEFGH")).ok());
  const auto text = [&](FileRemains remains) {
    return Text(*fs_.AfterPowerCut(PowerCut{{}, {remains}}), "/f");
  };
  EXPECT_EQ(text(FileRemains::kSynced), "ab");
  EXPECT_EQ(text(FileRemains::kZeros), std::string("ab\0\0\0\0\0\0", 8));
  EXPECT_EQ(text(FileRemains::kFirstHalf), "ABCD");
  EXPECT_EQ(text(FileRemains::kFirstHalfThenZeros), std::string("ABCD\0\0\0\0", 8));
  EXPECT_EQ(text(FileRemains::kSecondHalf), std::string("ab\0\0EFGH", 8));
  EXPECT_EQ(text(FileRemains::kComplete), "ABCDEFGH");
}

TEST_F(PowerCutTest, AMoveOfDirectoriesInACircleEnds) {
  ASSERT_TRUE(fs_.Put("/a/b/f", AsBytes("text")).ok());
  EXPECT_TRUE(fs_.Rename("/a/b", "/b").ok());
  EXPECT_TRUE(fs_.Rename("/a", "/b/a").ok());
  EXPECT_TRUE(fs_.SyncDirectory("/b").ok());  // /a still holds b, and b now holds a
  EXPECT_EQ(After("/a/b/f"), "text");
  EXPECT_TRUE(fs_.SyncDirectory("/").ok());
  EXPECT_TRUE(fs_.SyncDirectory("/b/a").ok());
  EXPECT_EQ(After("/b/f"), "text");
}

TEST_F(PowerCutTest, TheNextStartIsAWholeFileSystem) {
  ASSERT_TRUE(fs_.Put("/d/f", AsBytes("text")).ok());
  const auto next = fs_.AfterPowerCut();
  EXPECT_EQ(Text(*next->AfterPowerCut(), "/d/f"), "text");
  EXPECT_TRUE(next->Remove("/d/f").ok());
  EXPECT_EQ(Text(fs_, "/d/f"), "text");
  EXPECT_EQ(fs_.GetFreeSpace("/")->nbytes, MemoryFileSystem().GetFreeSpace("/")->nbytes - 4);
}

// ---- The rest that is its own

TEST(MemoryFileSystemTest, RelativePathsBeginAtTheRoot) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("a/f", AsBytes("text")).ok());
  EXPECT_EQ(Text(fs, "/a/f"), "text");
  EXPECT_EQ(Text(fs, "../a/f"), "text");
  EXPECT_THAT(fs.List(".").value(), ElementsAre("a"));
}

TEST(MemoryFileSystemTest, PutReplacesAndMakesParents) {
  MemoryFileSystem fs;
  EXPECT_TRUE(fs.Put("/a/b/f", AsBytes("one")).ok());
  const auto open = fs.OpenForReading("/a/b/f", Access::kRead).value();
  EXPECT_TRUE(fs.Put("/a/b/f", AsBytes("two")).ok());
  EXPECT_EQ(Text(fs, "/a/b/f"), "two");
  EXPECT_EQ(Text(*fs.AfterPowerCut(), "/a/b/f"), "two");
  std::string text(3, ' ');
  EXPECT_TRUE(open->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
  EXPECT_EQ(text, "one");
  EXPECT_EQ(fs.Put("/a/b", AsBytes("x")).reason(), Reason::kFileType);
  EXPECT_EQ(fs.Put("/a/b/f/g", AsBytes("x")).reason(), Reason::kFileType);
  EXPECT_EQ(fs.Get("/a/b").status().reason(), Reason::kFileType);
}

TEST(MemoryFileSystemTest, AMappedFileStaysAsItWas) {
  MemoryFileSystem fs;
  const auto writer = fs.CreateForWriting("/f").value();
  EXPECT_TRUE(writer->WriteAt(0, AsBytes("text")).ok());
  const auto mapped = fs.OpenForReading("/f", Access::kMap).value();
  EXPECT_TRUE(writer->WriteAt(0, AsBytes("other, and longer")).ok());
  EXPECT_EQ(AsText(mapped->mapped()), "text");
}

TEST(MemoryFileSystemTest, ItsCapacityIsALimitUntilThereIsRoom) {
  MemoryFileSystem fs(100);
  auto file = fs.CreateForWriting("/f").value();
  EXPECT_TRUE(file->Allocate(90).ok());
  EXPECT_EQ(fs.GetFreeSpace("/")->nbytes, 10u);
  EXPECT_EQ(file->Allocate(101).reason(), Reason::kNoSpace);
  EXPECT_EQ(file->WriteAt(95, AsBytes("123456")).reason(), Reason::kNoSpace);
  EXPECT_TRUE(file->WriteAt(95, AsBytes("12345")).ok());
  EXPECT_EQ(fs.Put("/g", AsBytes("x")).reason(), Reason::kNoSpace);
  EXPECT_TRUE(fs.Remove("/f").ok());
  EXPECT_EQ(fs.Put("/g", AsBytes("x")).reason(), Reason::kNoSpace);  // it is still open
  EXPECT_TRUE(fs.SyncDirectory("/").ok());
  EXPECT_EQ(fs.Put("/g", AsBytes("x")).reason(), Reason::kNoSpace);  // it is still open
  file.reset();
  EXPECT_EQ(fs.GetFreeSpace("/")->nbytes, 100u);
  EXPECT_TRUE(fs.Put("/g", AsBytes("x")).ok());
}

TEST(MemoryFileSystemTest, ARemovalThatIsNotSyncedFreesNothing) {
  MemoryFileSystem fs(100);
  ASSERT_TRUE(fs.Put("/f", AsBytes("text")).ok());
  EXPECT_TRUE(fs.Remove("/f").ok());
  EXPECT_EQ(fs.GetFreeSpace("/")->nbytes, 96u);
  EXPECT_TRUE(fs.SyncDirectory("/").ok());
  EXPECT_EQ(fs.GetFreeSpace("/")->nbytes, 100u);
}

TEST(MemoryFileSystemTest, HandlesOutliveIt) {
  auto fs = std::make_unique<MemoryFileSystem>();
  ASSERT_TRUE(fs->Put("/f", AsBytes("text")).ok());
  const auto writer = fs->CreateForWriting("/g").value();
  const auto read = fs->OpenForReading("/f", Access::kRead).value();
  const auto mapped = fs->OpenForReading("/f", Access::kMap).value();
  fs.reset();
  EXPECT_TRUE(writer->WriteAt(0, AsBytes("x")).ok());
  EXPECT_TRUE(writer->Sync().ok());
  std::vector<std::byte> bytes(4);
  EXPECT_TRUE(read->ReadAt(0, bytes).ok());
  EXPECT_EQ(AsText(mapped->mapped()), "text");
}

TEST(MemoryFileSystemTest, ThreadsMayDoAnything) {
  MemoryFileSystem fs;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&fs, i] {
      const std::string path = "/d/f" + std::to_string(i);
      for (int round = 0; round < 100; ++round) {
        EXPECT_TRUE(fs.CreateDirectories("/d").ok());
        EXPECT_TRUE(WriteWholeFile(fs, path, AsBytes(path)).ok());
        EXPECT_TRUE(fs.SyncDirectory("/d").ok());
        const auto file = fs.OpenForReading(path, round % 2 ? Access::kMap : Access::kRead);
        EXPECT_EQ(Text(fs, path), path);
        EXPECT_TRUE(fs.AfterPowerCut()->List("/d").ok());
        EXPECT_TRUE(fs.Rename(path, path + "x").ok());
        EXPECT_TRUE(fs.Remove(path + "x").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(fs.List("/d").value(), IsEmpty());
}

}  // namespace
}  // namespace cairn
