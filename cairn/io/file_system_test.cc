// Tests what every FileSystem does alike, on the local one and the one in memory.
#include "cairn/io/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A file system, and an empty directory in it.
struct Place {
  virtual ~Place() = default;
  virtual FileSystem& fs() = 0;
  virtual std::string directory() = 0;
};

struct LocalPlace final : Place {
  FileSystem& fs() override { return LocalFileSystem(); }
  std::string directory() override { return temp.path(); }
  TempDirectory temp;
};

struct MemoryPlace final : Place {
  MemoryPlace() { EXPECT_TRUE(memory.CreateDirectories("/some/place").ok()); }
  FileSystem& fs() override { return memory; }
  std::string directory() override { return "/some/place"; }
  MemoryFileSystem memory;
};

// Without a fault, the wrapper must not be noticed.
struct WrappedPlace final : Place {
  WrappedPlace() { EXPECT_TRUE(memory.CreateDirectories("/some/place").ok()); }
  FileSystem& fs() override { return faults; }
  std::string directory() override { return "/some/place"; }
  MemoryFileSystem memory;
  FaultFileSystem faults{memory};
};

struct Kind {
  const char* name;
  std::unique_ptr<Place> (*make)();
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class FileSystemTest : public testing::TestWithParam<Kind> {
 protected:
  FileSystem& fs() { return place_->fs(); }
  std::string In(std::string_view name) { return place_->directory().append("/").append(name); }

  void Put(const std::string& name, std::string_view text) {
    ASSERT_TRUE(WriteWholeFile(fs(), In(name), AsBytes(text)).ok()) << name;
  }
  std::string Get(const std::string& name) {
    const auto bytes = ReadWholeFile(fs(), In(name));
    return bytes.ok() ? std::string(AsText(*bytes)) : std::string(bytes.status().message());
  }
  std::vector<std::string> List() { return fs().List(In("")).value(); }

 private:
  std::unique_ptr<Place> place_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(
    , FileSystemTest,
    testing::Values(
        Kind{"Local", [] { return std::unique_ptr<Place>(std::make_unique<LocalPlace>()); }},
        Kind{"Memory", [] { return std::unique_ptr<Place>(std::make_unique<MemoryPlace>()); }},
        Kind{"Wrapped", [] { return std::unique_ptr<Place>(std::make_unique<WrappedPlace>()); }}),
    [](const auto& kind) { return kind.param.name; });

// ---- Files

TEST_P(FileSystemTest, WhatIsWrittenIsRead) {
  auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_EQ(file->path(), In("f"));
  EXPECT_TRUE(file->WriteAt(0, AsBytes("hello")).ok());
  EXPECT_TRUE(file->WriteAt(5, AsBytes(" world")).ok());
  EXPECT_TRUE(file->WriteAt(0, AsBytes("H")).ok());
  EXPECT_TRUE(file->WriteAt(3, {}).ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_TRUE(file->Close().ok());
  for (const Access access : {Access::kRead, Access::kMap, Access::kMapPrivate}) {
    const auto read = fs().OpenForReading(In("f"), access).value();
    EXPECT_EQ(read->size(), 11u);
    EXPECT_EQ(read->path(), In("f"));
    std::string text(5, ' ');
    EXPECT_TRUE(read->ReadAt(6, std::as_writable_bytes(std::span(text))).ok());
    EXPECT_EQ(text, "world");
    if (!read->mapped().empty()) {
      EXPECT_EQ(AsText(read->mapped()), "Hello world");
    }
  }
}

TEST_P(FileSystemTest, APrivateMappingCanBeWrittenToAndTheFileStays) {
  Put("f", "0123456789");
  const auto file = fs().OpenForReading(In("f"), Access::kMapPrivate).value();
  if (file->mapped().empty()) return;  // a file system that does not map files
  const_cast<std::byte*>(file->mapped().data())[3] = std::byte{'x'};
  EXPECT_EQ(AsText(file->mapped()), "012x456789");
  for (const Access access : {Access::kRead, Access::kMap, Access::kMapPrivate}) {
    const auto again = fs().OpenForReading(In("f"), access).value();
    std::string text(10, ' ');
    EXPECT_TRUE(again->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
    EXPECT_EQ(text, "0123456789");
  }
}

TEST_P(FileSystemTest, ReadsPastTheEndAreErrors) {
  Put("f", "0123456789");
  std::vector<std::byte> two(2);
  for (const Access access : {Access::kRead, Access::kMap, Access::kMapPrivate}) {
    const auto file = fs().OpenForReading(In("f"), access).value();
    EXPECT_TRUE(file->ReadAt(8, two).ok());
    EXPECT_TRUE(file->ReadAt(10, {}).ok());
    for (const uint64_t offset : {uint64_t{9}, uint64_t{10}, uint64_t{11}, UINT64_MAX}) {
      const Status status = file->ReadAt(offset, two);
      EXPECT_EQ(status.reason(), Reason::kTruncated) << offset;
      EXPECT_THAT(std::string(status.message()), HasSubstr(In("f"))) << offset;
    }
  }
}

TEST_P(FileSystemTest, AnEmptyFileCanBeOpened) {
  Put("f", "");
  for (const Access access : {Access::kRead, Access::kMap, Access::kMapPrivate}) {
    const auto file = fs().OpenForReading(In("f"), access).value();
    EXPECT_EQ(file->size(), 0u);
    EXPECT_TRUE(file->mapped().empty());
    EXPECT_TRUE(file->ReadAt(0, {}).ok());
  }
}

TEST_P(FileSystemTest, GapsAreZeros) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_TRUE(file->WriteAt(3, AsBytes("x")).ok());
  EXPECT_EQ(Get("f"), std::string("\0\0\0x", 4));
}

TEST_P(FileSystemTest, AllocateMakesTheSize) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_TRUE(file->Allocate(0).ok());
  EXPECT_EQ(fs().Stat(In("f"))->size, 0u);
  EXPECT_TRUE(file->Allocate(100'000).ok());
  EXPECT_EQ(fs().Stat(In("f"))->size, 100'000u);
  EXPECT_TRUE(file->WriteAt(99'999, AsBytes("x")).ok());
  EXPECT_EQ(fs().Stat(In("f"))->size, 100'000u);
  EXPECT_TRUE(file->Allocate(2).ok());
  EXPECT_EQ(Get("f"), std::string(2, '\0'));
}

TEST_P(FileSystemTest, SizesThatDoNotFitAreTooBig) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_EQ(file->Allocate(uint64_t{1} << 63).reason(), Reason::kTooBig);
  EXPECT_EQ(file->WriteAt(INT64_MAX, AsBytes("x")).reason(), Reason::kTooBig);
  EXPECT_EQ(file->WriteAt(UINT64_MAX, AsBytes("x")).reason(), Reason::kTooBig);
  EXPECT_EQ(fs().Stat(In("f"))->size, 0u);
}

TEST_P(FileSystemTest, AClosedFileTakesNothing) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_TRUE(file->Close().ok());
  EXPECT_EQ(file->WriteAt(0, AsBytes("x")).reason(), Reason::kIo);
  EXPECT_EQ(file->Allocate(1).reason(), Reason::kIo);
  EXPECT_EQ(file->Sync().reason(), Reason::kIo);
  EXPECT_EQ(file->Close().reason(), Reason::kIo);
}

TEST_P(FileSystemTest, ThreadsMayWriteSideBySide) {
  const auto file = fs().CreateForWriting(In("f")).value();
  constexpr size_t kBlock = 1000;
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'i'; ++c) {
    threads.emplace_back([&file, c] {
      const std::string block(kBlock, c);
      EXPECT_TRUE(file->WriteAt(static_cast<size_t>(c - 'a') * kBlock, AsBytes(block)).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string expected;
  for (char c = 'a'; c < 'i'; ++c) expected += std::string(kBlock, c);
  EXPECT_EQ(Get("f"), expected);
}

// ---- What stays open

TEST_P(FileSystemTest, OpenFilesOutliveRemovalAndReplacement) {
  for (const Access access : {Access::kRead, Access::kMap, Access::kMapPrivate}) {
    Put("old", "old");
    Put("new", "new");
    const auto file = fs().OpenForReading(In("old"), access).value();
    EXPECT_TRUE(fs().Rename(In("new"), In("old")).ok());
    std::string text(3, ' ');
    EXPECT_TRUE(file->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
    EXPECT_EQ(text, "old");
    EXPECT_EQ(Get("old"), "new");
    EXPECT_TRUE(fs().Remove(In("old")).ok());
    EXPECT_TRUE(file->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
    EXPECT_EQ(text, "old");
  }
}

TEST_P(FileSystemTest, AFileBeingWrittenOutlivesItsNames) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_TRUE(fs().Rename(In("f"), In("g")).ok());
  EXPECT_TRUE(file->WriteAt(0, AsBytes("late")).ok());
  EXPECT_EQ(Get("g"), "late");
  EXPECT_TRUE(fs().Remove(In("g")).ok());
  EXPECT_TRUE(file->WriteAt(4, AsBytes("r")).ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_TRUE(file->Close().ok());
  EXPECT_THAT(List(), IsEmpty());
}

TEST_P(FileSystemTest, AReaderSeesWhatIsWrittenLaterWithinItsSize) {
  const auto file = fs().CreateForWriting(In("f")).value();
  EXPECT_TRUE(file->WriteAt(0, AsBytes("abc")).ok());
  const auto reader = fs().OpenForReading(In("f"), Access::kRead).value();
  EXPECT_TRUE(file->WriteAt(1, AsBytes("XYZ")).ok());
  EXPECT_EQ(reader->size(), 3u);
  std::string text(3, ' ');
  EXPECT_TRUE(reader->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
  EXPECT_EQ(text, "aXY");
  EXPECT_TRUE(file->Allocate(1).ok());
  EXPECT_EQ(reader->ReadAt(0, std::as_writable_bytes(std::span(text))).reason(), Reason::kChanged);
}

// ---- Directories

TEST_P(FileSystemTest, ListsAreSorted) {
  for (const char* name : {"b", "a", "\xff", "B", "a.b", "a b"}) Put(name, "");
  EXPECT_TRUE(fs().CreateDirectories(In("d")).ok());
  EXPECT_THAT(List(), ElementsAre("B", "a", "a b", "a.b", "b", "d", "\xff"));
  EXPECT_THAT(fs().List(In("d")).value(), IsEmpty());
}

TEST_P(FileSystemTest, NamesMayHoldAnyByte) {
  for (const char* name : {"*", "?", "[a]", " ", "new\nline", "\x01", "%s", "\\", "..."}) {
    Put(name, name);
    EXPECT_EQ(Get(name), name);
  }
  EXPECT_EQ(List().size(), 9u);
}

TEST_P(FileSystemTest, StatTellsKindAndSize) {
  Put("f", "four");
  EXPECT_EQ(fs().Stat(In("f"))->kind, FileKind::kRegular);
  EXPECT_EQ(fs().Stat(In("f"))->size, 4u);
  EXPECT_EQ(fs().Stat(In("."))->kind, FileKind::kDirectory);
  EXPECT_EQ(fs().Stat("/")->kind, FileKind::kDirectory);
  EXPECT_TRUE(*fs().Exists(In("f")));
  EXPECT_FALSE(*fs().Exists(In("g")));
  EXPECT_FALSE(*fs().Exists(In("f/g")));
  EXPECT_EQ(fs().Exists(In(std::string(256, 'x'))).status().reason(), Reason::kPath);
}

TEST_P(FileSystemTest, CreatesDirectoriesWithTheirParents) {
  for (const char* path : {"a/b/c", "a/b/d/", "a//e", "a/./f", "a/b/../g", "a", "."})
    EXPECT_TRUE(fs().CreateDirectories(In(path)).ok()) << path;
  EXPECT_THAT(fs().List(In("a")).value(), ElementsAre("b", "e", "f", "g"));
  EXPECT_THAT(fs().List(In("a/b")).value(), ElementsAre("c", "d"));
  EXPECT_TRUE(fs().CreateDirectories("/").ok());
}

TEST_P(FileSystemTest, DotsAndSlashesAreFollowed) {
  EXPECT_TRUE(fs().CreateDirectories(In("a/b")).ok());
  Put("a/f", "text");
  for (const char* path : {"a/./f", "a//f", "a/b/../f", "./a/f", "a/b/../../a/f"})
    EXPECT_EQ(Get(path), "text") << path;
}

TEST_P(FileSystemTest, SyncingADirectoryWorks) {
  Put("f", "");
  EXPECT_TRUE(fs().SyncDirectory(In("")).ok());
}

TEST_P(FileSystemTest, FreeSpaceIsTold) { EXPECT_GT(fs().GetFreeSpace(In(""))->nbytes, 0u); }

TEST_P(FileSystemTest, IdsTellFilesApartAndTimesGrow) {
  Put("a", "A");
  Put("b", "B");
  const FileInfo a = *fs().Stat(In("a")), b = *fs().Stat(In("b"));
  EXPECT_FALSE(a.id == b.id);
  EXPECT_LE(a.modified_ns, b.modified_ns);
  EXPECT_TRUE(fs().Rename(In("a"), In("c")).ok());
  EXPECT_TRUE(fs().Stat(In("c"))->id == a.id);
  EXPECT_TRUE(fs().StatName(In("c"))->id == a.id);
  EXPECT_FALSE(fs().Stat(In(""))->id == a.id);
  EXPECT_EQ(fs().StatName(In("gone")).status().reason(), Reason::kMissing);
}

// ---- Locks

TEST_P(FileSystemTest, ALockKeepsOthersOutUntilItIsGone) {
  auto lock = fs().Lock(In("lock"));
  ASSERT_TRUE(lock.ok()) << lock.status().message();
  EXPECT_TRUE((*lock)->is_exclusive());
  EXPECT_EQ(fs().Lock(In("lock")).status().reason(), Reason::kLocked);
  EXPECT_TRUE(fs().Lock(In("another")).ok());
  lock->reset();
  EXPECT_TRUE(fs().Lock(In("lock")).ok());
}

TEST_P(FileSystemTest, ALockedFileHasContent) {
  auto lock = *fs().Lock(In("lock"));
  EXPECT_EQ(*lock->Read(), "");
  EXPECT_TRUE(lock->Replace(AsBytes("a long text")).ok());
  EXPECT_TRUE(lock->Replace(AsBytes("short")).ok());
  EXPECT_EQ(*lock->Read(), "short");
  EXPECT_EQ(Get("lock"), "short");
  lock.reset();
  EXPECT_EQ(*(*fs().Lock(In("lock")))->Read(), "short");
}

TEST_P(FileSystemTest, WhatIsNotAFileCannotBeLocked) {
  EXPECT_TRUE(fs().CreateDirectories(In("d")).ok());
  EXPECT_EQ(fs().Lock(In("d")).status().reason(), Reason::kFileType);
  EXPECT_EQ(fs().Lock(In("gone/lock")).status().reason(), Reason::kMissing);
}

// ---- Renames

TEST_P(FileSystemTest, RenameReplaces) {
  Put("a", "A");
  Put("b", "B");
  EXPECT_TRUE(fs().Rename(In("a"), In("b")).ok());
  EXPECT_THAT(List(), ElementsAre("b"));
  EXPECT_EQ(Get("b"), "A");
  EXPECT_TRUE(fs().Rename(In("b"), In("b")).ok());
  EXPECT_EQ(Get("b"), "A");
}

TEST_P(FileSystemTest, RenameMovesBetweenDirectories) {
  EXPECT_TRUE(fs().CreateDirectories(In("d/e")).ok());
  Put("d/e/f", "F");
  EXPECT_TRUE(fs().Rename(In("d/e/f"), In("g")).ok());
  EXPECT_TRUE(fs().Rename(In("d/e/"), In("h")).ok());
  EXPECT_TRUE(fs().Rename(In("h"), In("d")).ok());  // an empty directory gives way to another
  EXPECT_THAT(List(), ElementsAre("d", "g"));
  EXPECT_EQ(Get("g"), "F");
}

TEST_P(FileSystemTest, RenameNoReplaceLeavesWhatIsThere) {
  Put("a", "A");
  Put("b", "B");
  EXPECT_TRUE(fs().CreateDirectories(In("d")).ok());
  EXPECT_EQ(fs().RenameNoReplace(In("a"), In("b")).reason(), Reason::kExists);
  EXPECT_EQ(fs().RenameNoReplace(In("a"), In("a")).reason(), Reason::kExists);
  EXPECT_EQ(fs().RenameNoReplace(In("a"), In("d")).reason(), Reason::kExists);
  EXPECT_EQ(Get("a") + Get("b"), "AB");
  EXPECT_TRUE(fs().RenameNoReplace(In("a"), In("c")).ok());
  EXPECT_THAT(List(), ElementsAre("b", "c", "d"));
  EXPECT_EQ(Get("c"), "A");
}

TEST_P(FileSystemTest, RemoveDirectoryTakesAnEmptyOne) {
  EXPECT_TRUE(fs().CreateDirectories(In("d/e")).ok());
  EXPECT_TRUE(fs().CreateDirectories(In("f")).ok());
  EXPECT_EQ(fs().RemoveDirectory(In("d")).reason(), Reason::kExists);
  EXPECT_TRUE(fs().RemoveDirectory(In("d/e")).ok());
  EXPECT_TRUE(fs().RemoveDirectory(In("d/")).ok());
  EXPECT_THAT(List(), ElementsAre("f"));
}

// ---- Errors: in a directory with the file `f`, the directory `d` and the file `d/g`.

struct Misuse {
  const char* what;
  std::function<Status(FileSystem&, const std::string&)> call;  // the directory, ending in a slash
  Reason reason;
  const char* named;  // what the message must hold
};

using Fs = FileSystem&;
using Dir = const std::string&;
const std::string kLongName(256, 'x');
const std::string kLongPath(5000, '/');
const std::string kZero("f\0g", 3);

const std::vector<Misuse>& Misuses() {
  static const std::vector<Misuse> misuses = {
      {"open a missing file",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + "x", Access::kMap).status(); },
       Reason::kMissing, "/x"},
      {"open in a missing directory",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + "x/y", Access::kMap).status(); },
       Reason::kMissing, "/x/y"},
      {"open below a file",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + "f/y", Access::kMap).status(); },
       Reason::kMissing, "/f/y"},
      {"open a file with a slash",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + "f/", Access::kMap).status(); },
       Reason::kMissing, "/f/"},
      {"open a directory",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + "d", Access::kMap).status(); },
       Reason::kFileType, "/d"},
      {"open an empty path",
       [](Fs fs, Dir) { return fs.OpenForReading("", Access::kMap).status(); }, Reason::kMissing,
       ""},
      {"open a long name",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + kLongName, Access::kMap).status(); },
       Reason::kPath, "xxx"},
      {"open a path with a zero byte",
       [](Fs fs, Dir in) { return fs.OpenForReading(in + kZero, Access::kMap).status(); },
       Reason::kPath, ""},

      {"create what exists", [](Fs fs, Dir in) { return fs.CreateForWriting(in + "f").status(); },
       Reason::kExists, "/f"},
      {"create over a directory",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + "d").status(); }, Reason::kExists, "/d"},
      {"create the root", [](Fs fs, Dir) { return fs.CreateForWriting("/.").status(); },
       Reason::kExists, ""},
      {"create in a missing directory",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + "x/y").status(); }, Reason::kMissing,
       "/x/y"},
      {"create below a file",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + "f/y").status(); }, Reason::kMissing,
       "/f/y"},
      {"create with a slash", [](Fs fs, Dir in) { return fs.CreateForWriting(in + "x/").status(); },
       Reason::kFileType, "/x/"},
      {"create a long name",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + kLongName).status(); }, Reason::kPath,
       "xxx"},
      {"create a long path",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + kLongPath + "x").status(); },
       Reason::kPath, ""},
      {"create a path with a zero byte",
       [](Fs fs, Dir in) { return fs.CreateForWriting(in + kZero).status(); }, Reason::kPath, ""},

      {"stat a missing file", [](Fs fs, Dir in) { return fs.Stat(in + "x").status(); },
       Reason::kMissing, "/x"},
      {"stat a path with a zero byte", [](Fs fs, Dir in) { return fs.Stat(in + kZero).status(); },
       Reason::kPath, ""},

      {"list a missing directory", [](Fs fs, Dir in) { return fs.List(in + "x").status(); },
       Reason::kMissing, "/x"},
      {"list a file", [](Fs fs, Dir in) { return fs.List(in + "f").status(); }, Reason::kFileType,
       "/f"},
      {"list below a file", [](Fs fs, Dir in) { return fs.List(in + "f/y").status(); },
       Reason::kMissing, "/f/y"},
      {"list a path with a zero byte", [](Fs fs, Dir in) { return fs.List(in + kZero).status(); },
       Reason::kPath, ""},

      {"make a directory of a file", [](Fs fs, Dir in) { return fs.CreateDirectories(in + "f"); },
       Reason::kFileType, "/f"},
      {"make directories below a file",
       [](Fs fs, Dir in) { return fs.CreateDirectories(in + "f/x/y"); }, Reason::kFileType, "/f"},
      {"make a directory of an empty path", [](Fs fs, Dir) { return fs.CreateDirectories(""); },
       Reason::kMissing, ""},
      {"make a directory with a long name",
       [](Fs fs, Dir in) { return fs.CreateDirectories(in + kLongName); }, Reason::kPath, "xxx"},
      {"make a directory with a long path",
       [](Fs fs, Dir in) { return fs.CreateDirectories(in + kLongPath + "x"); }, Reason::kPath, ""},
      {"make a directory with a zero byte",
       [](Fs fs, Dir in) { return fs.CreateDirectories(in + kZero); }, Reason::kPath, ""},

      {"rename a missing file", [](Fs fs, Dir in) { return fs.Rename(in + "x", in + "y"); },
       Reason::kMissing, "/x"},
      {"rename a missing file over another",
       [](Fs fs, Dir in) { return fs.Rename(in + "x", in + "f"); }, Reason::kMissing, "/x"},
      {"rename into a missing directory",
       [](Fs fs, Dir in) { return fs.Rename(in + "f", in + "x/y"); }, Reason::kMissing, "/x/y"},
      {"rename from below a file", [](Fs fs, Dir in) { return fs.Rename(in + "f/x", in + "f"); },
       Reason::kMissing, "/f/x"},
      {"rename a file over a directory",
       [](Fs fs, Dir in) { return fs.Rename(in + "f", in + "d"); }, Reason::kFileType, "/d"},
      {"rename a directory over a file",
       [](Fs fs, Dir in) { return fs.Rename(in + "d", in + "f"); }, Reason::kFileType, "/f"},
      {"rename a directory over a full one",
       [](Fs fs, Dir in) { return fs.Rename(in + "e", in + "d"); }, Reason::kExists, "/d"},
      {"rename a directory into itself",
       [](Fs fs, Dir in) { return fs.Rename(in + "d", in + "d/x"); }, Reason::kIo, "/d/x"},
      {"rename a directory in use", [](Fs fs, Dir in) { return fs.Rename(in + "d/.", in + "x"); },
       Reason::kIo, ""},
      {"rename a file with a slash", [](Fs fs, Dir in) { return fs.Rename(in + "f/", in + "x"); },
       Reason::kMissing, "/f"},
      {"rename from a zero byte", [](Fs fs, Dir in) { return fs.Rename(in + kZero, in + "x"); },
       Reason::kPath, ""},
      {"rename to a zero byte", [](Fs fs, Dir in) { return fs.Rename(in + "f", in + kZero); },
       Reason::kPath, ""},
      {"rename a missing file without replacing",
       [](Fs fs, Dir in) { return fs.RenameNoReplace(in + "x", in + "f"); }, Reason::kMissing,
       "/x"},
      {"rename without replacing into a missing directory",
       [](Fs fs, Dir in) { return fs.RenameNoReplace(in + "f", in + "x/y"); }, Reason::kMissing,
       "/x/y"},
      {"rename without replacing to a zero byte",
       [](Fs fs, Dir in) { return fs.RenameNoReplace(in + "f", in + kZero); }, Reason::kPath, ""},

      {"remove a missing file", [](Fs fs, Dir in) { return fs.Remove(in + "x"); }, Reason::kMissing,
       "/x"},
      {"remove a directory", [](Fs fs, Dir in) { return fs.Remove(in + "d"); }, Reason::kFileType,
       "/d"},
      {"remove below a file", [](Fs fs, Dir in) { return fs.Remove(in + "f/x"); }, Reason::kMissing,
       "/f/x"},
      {"remove a path with a zero byte", [](Fs fs, Dir in) { return fs.Remove(in + kZero); },
       Reason::kPath, ""},

      {"remove a missing directory", [](Fs fs, Dir in) { return fs.RemoveDirectory(in + "x"); },
       Reason::kMissing, "/x"},
      {"remove a file as a directory", [](Fs fs, Dir in) { return fs.RemoveDirectory(in + "f"); },
       Reason::kFileType, "/f"},
      {"remove a directory that is not empty",
       [](Fs fs, Dir in) { return fs.RemoveDirectory(in + "d"); }, Reason::kExists, "/d"},
      {"remove a directory in use", [](Fs fs, Dir in) { return fs.RemoveDirectory(in + "e/."); },
       Reason::kIo, "/e"},
      {"remove a directory with a zero byte",
       [](Fs fs, Dir in) { return fs.RemoveDirectory(in + kZero); }, Reason::kPath, ""},

      {"sync a missing directory", [](Fs fs, Dir in) { return fs.SyncDirectory(in + "x"); },
       Reason::kMissing, "/x"},
      {"sync a file as a directory", [](Fs fs, Dir in) { return fs.SyncDirectory(in + "f"); },
       Reason::kFileType, "/f"},
      {"sync a path with a zero byte", [](Fs fs, Dir in) { return fs.SyncDirectory(in + kZero); },
       Reason::kPath, ""},

      {"free space of nothing", [](Fs fs, Dir in) { return fs.GetFreeSpace(in + "x").status(); },
       Reason::kMissing, "/x"},
      {"free space of a zero byte",
       [](Fs fs, Dir in) { return fs.GetFreeSpace(in + kZero).status(); }, Reason::kPath, ""},
  };
  return misuses;
}

TEST_P(FileSystemTest, MisuseIsAnErrorThatNamesThePathAndChangesNothing) {
  Put("f", "F");
  EXPECT_TRUE(fs().CreateDirectories(In("d")).ok());
  EXPECT_TRUE(fs().CreateDirectories(In("e")).ok());
  Put("d/g", "G");
  for (const Misuse& misuse : Misuses()) {
    const Status status = misuse.call(fs(), In(""));
    EXPECT_EQ(status.reason(), misuse.reason) << misuse.what << ": " << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr(misuse.named)) << misuse.what;
    EXPECT_EQ(status.message().find('\0'), std::string::npos) << misuse.what;
    ASSERT_THAT(List(), ElementsAre("d", "e", "f")) << misuse.what;
    ASSERT_EQ(Get("f") + Get("d/g"), "FG") << misuse.what;
  }
}

}  // namespace
}  // namespace cairn
