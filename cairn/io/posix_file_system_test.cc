// Tests what only the local file system has: links, pipes, permissions, full disks, failing calls.
// The tests of what it shares with others are in file_system_test.cc.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "cairn/io/file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/refusing_machine.h"
#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

using testing::ElementsAre;

class PosixFileSystemTest : public testing::Test {
 protected:
  std::string In(std::string_view name) { return temp_.path() + "/" + std::string(name); }
  void Put(const std::string& name, std::string_view text) {
    ASSERT_TRUE(WriteWholeFile(fs_, In(name), AsBytes(text)).ok());
  }
  std::string Get(const std::string& name) {
    const auto bytes = ReadWholeFile(fs_, In(name));
    return bytes.ok() ? std::string(AsText(*bytes)) : std::string(bytes.status().message());
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(::symlink(target.c_str(), In(name).c_str()), 0);
  }
  Reason OpenReason(const std::string& path) {
    return fs_.OpenForReading(path, Access::kMap).status().reason();
  }

  FileSystem& fs_ = LocalFileSystem();
  TempDirectory temp_;
};

// ---- Kinds of files

TEST_F(PosixFileSystemTest, APipeIsRefusedAndDoesNotHang) {
  ASSERT_EQ(::mkfifo(In("pipe").c_str(), 0666), 0);
  EXPECT_EQ(OpenReason(In("pipe")), Reason::kFileType);
  EXPECT_EQ(fs_.Stat(In("pipe"))->kind, FileKind::kOther);
  EXPECT_EQ(fs_.CreateForWriting(In("pipe")).status().reason(), Reason::kExists);
  EXPECT_EQ(fs_.List(In("pipe")).status().reason(), Reason::kFileType);
}

TEST_F(PosixFileSystemTest, SocketsAndDevicesAreRefused) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_GE(fd, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_LT(In("socket").size(), sizeof address.sun_path);
  std::strncpy(address.sun_path, In("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(OpenReason(In("socket")), Reason::kFileType);
  EXPECT_EQ(OpenReason("/dev/zero"), Reason::kFileType);
  ::close(fd);
}

TEST_F(PosixFileSystemTest, ANameIsALinkWhereverItLeads) {
  Put("f", "text");
  Link("f", "link");
  Link("nowhere", "dangling");
  Link("circle", "circle");
  for (const char* name : {"link", "dangling", "circle"})
    EXPECT_EQ(fs_.StatName(In(name))->kind, FileKind::kLink) << name;
  EXPECT_EQ(fs_.StatName(In("f"))->kind, FileKind::kRegular);
  EXPECT_EQ(fs_.Lock(In("link")).status().reason(), Reason::kFileType);
}

// ---- Held directories

TEST_F(PosixFileSystemTest, AHeldDirectoryStaysTheSameWhenAnotherGetsItsName) {
  ASSERT_TRUE(fs_.CreateDirectories(In("run/inner")).ok());
  const auto held = *fs_.Hold(In("run"));
  ASSERT_TRUE(fs_.Rename(In("run"), In("moved")).ok());
  ASSERT_TRUE(fs_.CreateDirectories(In("run")).ok());
  ASSERT_TRUE(WriteWholeFile(*held, In("run/a"), AsBytes("A")).ok());
  EXPECT_TRUE(held->CreateDirectories(In("run/inner/deep")).ok());
  EXPECT_TRUE(held->RenameNoReplace(In("run/a"), In("run/inner/b")).ok());
  EXPECT_TRUE(held->SyncDirectory(In("run")).ok());
  EXPECT_THAT(held->List(In("run/inner")).value(), ElementsAre("b", "deep"));
  EXPECT_GT(held->GetFreeSpace(In("run"))->nbytes, 0u);
  EXPECT_TRUE(held->GetStorageKind(In("run")).ok());
  EXPECT_TRUE(held->Lock(In("run/lock")).ok());
  EXPECT_TRUE(held->CreateSharing(In("run/c"), In("run/inner/b"), Sharing::kHardLink).ok());
  EXPECT_TRUE(held->Remove(In("run/c")).ok());
  EXPECT_EQ(Get("moved/inner/b"), "A");
  EXPECT_THAT(fs_.List(In("run")).value(), ElementsAre());
  EXPECT_THAT(fs_.List(In("moved")).value(), ElementsAre("inner", "lock"));
  EXPECT_FALSE(held->Stat(In("run"))->id == fs_.Stat(In("run"))->id);
  EXPECT_TRUE(held->Stat(In("run/"))->id == fs_.Stat(In("moved"))->id);
}

TEST_F(PosixFileSystemTest, OutsideOfAHeldDirectoryPathsAreWhatTheySay) {
  ASSERT_TRUE(fs_.CreateDirectories(In("run")).ok());
  const auto held = *fs_.Hold(In("run"));
  Put("running", "beside");
  EXPECT_EQ(held->Stat(In("running"))->size, 6u);
  EXPECT_TRUE(held->Rename(In("running"), In("run/inside")).ok());
  EXPECT_EQ(Get("run/inside"), "beside");
  EXPECT_EQ(fs_.Hold(In("run/inside")).status().reason(), Reason::kFileType);
  EXPECT_EQ(fs_.Hold(In("gone")).status().reason(), Reason::kMissing);
}

TEST_F(PosixFileSystemTest, LinksAreFollowedWhenReading) {
  Put("f", "text");
  ASSERT_TRUE(fs_.CreateDirectories(In("d")).ok());
  Link("f", "link");
  Link("d", "to_directory");
  EXPECT_EQ(Get("link"), "text");
  EXPECT_EQ(fs_.Stat(In("link"))->size, 4u);
  EXPECT_TRUE(fs_.CreateDirectories(In("to_directory/e")).ok());
  EXPECT_THAT(fs_.List(In("to_directory")).value(), ElementsAre("e"));
  EXPECT_TRUE(fs_.SyncDirectory(In("to_directory")).ok());
}

TEST_F(PosixFileSystemTest, LinksThatLeadNowhereOrInCircles) {
  Link("missing", "nowhere");
  Link("circle", "circle");
  EXPECT_EQ(OpenReason(In("nowhere")), Reason::kMissing);
  EXPECT_EQ(OpenReason(In("circle")), Reason::kFileType);
  EXPECT_EQ(fs_.CreateDirectories(In("nowhere")).reason(), Reason::kFileType);
  EXPECT_EQ(fs_.CreateDirectories(In("nowhere/x")).reason(), Reason::kFileType);
  EXPECT_EQ(fs_.CreateDirectories(In("circle/x")).reason(), Reason::kFileType);
}

TEST_F(PosixFileSystemTest, NothingIsCreatedThroughALink) {
  Put("f", "text");
  Link("f", "link");
  Link("missing", "nowhere");
  EXPECT_EQ(fs_.CreateForWriting(In("link")).status().reason(), Reason::kExists);
  EXPECT_EQ(fs_.CreateForWriting(In("nowhere")).status().reason(), Reason::kExists);
  EXPECT_FALSE(*fs_.Exists(In("missing")));
  EXPECT_EQ(fs_.RenameNoReplace(In("f"), In("nowhere")).reason(), Reason::kExists);
  EXPECT_EQ(Get("f"), "text");
}

TEST_F(PosixFileSystemTest, RenameAndRemoveActOnTheLink) {
  Put("f", "target");
  Put("g", "new");
  Link("f", "link");
  EXPECT_TRUE(fs_.Rename(In("g"), In("link")).ok());
  EXPECT_EQ(Get("f"), "target");
  EXPECT_EQ(Get("link"), "new");
  Link("f", "other");
  EXPECT_TRUE(fs_.Remove(In("other")).ok());
  EXPECT_EQ(Get("f"), "target");
}

TEST_F(PosixFileSystemTest, ALinkToADirectoryIsNotRemovedAsOne) {
  ASSERT_TRUE(fs_.CreateDirectories(In("d")).ok());
  Link("d", "link");
  EXPECT_EQ(fs_.RemoveDirectory(In("link")).reason(), Reason::kFileType);
  EXPECT_EQ(fs_.Stat(In("link"))->kind, FileKind::kDirectory);
  const auto held = *fs_.Hold(In("d"));
  ASSERT_TRUE(fs_.CreateDirectories(In("d/inner")).ok());
  EXPECT_TRUE(held->RemoveDirectory(In("d/inner")).ok());
  EXPECT_THAT(fs_.List(In("d")).value(), ElementsAre());
}

// ---- Reading

TEST_F(PosixFileSystemTest, MappingIsAChoice) {
  Put("f", "text");
  EXPECT_EQ(AsText(fs_.OpenForReading(In("f"), Access::kMap).value()->mapped()), "text");
  EXPECT_TRUE(fs_.OpenForReading(In("f"), Access::kRead).value()->mapped().empty());
}

TEST_F(PosixFileSystemTest, H9AFileThatIsCutWhileOpenHasChanged) {
  Put("f", "0123456789");
  const auto file = fs_.OpenForReading(In("f"), Access::kRead).value();
  ASSERT_EQ(::truncate(In("f").c_str(), 4), 0);
  std::vector<std::byte> bytes(10);
  EXPECT_TRUE(file->ReadAt(0, MutableBytes(bytes).first(4)).ok());
  const Status status = file->ReadAt(0, bytes);
  EXPECT_EQ(status.reason(), Reason::kChanged);
  EXPECT_EQ(status.message(), In("f") + ": the file ends at 4, it was cut while open");
}

TEST_F(PosixFileSystemTest, AFileOfTenTebibytesIsMapped) {
  Put("f", "");
  constexpr uint64_t kSize = uint64_t{10} << 40;
  if (::truncate(In("f").c_str(), kSize) != 0) GTEST_SKIP() << "no room for a sparse file";
  for (const Access access : {Access::kMap, Access::kRead}) {
    const auto file = fs_.OpenForReading(In("f"), access).value();
    EXPECT_EQ(file->size(), kSize);
    std::vector<std::byte> bytes(10, std::byte{1});
    EXPECT_TRUE(file->ReadAt(kSize - 10, bytes).ok());
    EXPECT_EQ(bytes, std::vector<std::byte>(10));
    EXPECT_EQ(file->ReadAt(kSize - 9, bytes).reason(), Reason::kTruncated);
  }
}

TEST_F(PosixFileSystemTest, AMappedFileCanBeReadPastItsMapping) {
  Put("f", "some text");
  const auto file = fs_.OpenForReading(In("f"), Access::kMap).value();
  const RandomAccessFile* unmapped = file->unmapped();
  ASSERT_NE(unmapped, nullptr);
  EXPECT_EQ(unmapped->size(), 9u);
  EXPECT_TRUE(unmapped->mapped().empty());
  std::string text(4, ' ');
  EXPECT_TRUE(unmapped->ReadAt(5, std::as_writable_bytes(std::span(text))).ok());
  EXPECT_EQ(text, "text");
  ASSERT_EQ(::truncate(In("f").c_str(), 6), 0);
  EXPECT_EQ(unmapped->ReadAt(5, std::as_writable_bytes(std::span(text))).reason(),
            Reason::kChanged);
  EXPECT_EQ(fs_.OpenForReading(In("f"), Access::kRead).value()->unmapped(), nullptr);
}

TEST_F(PosixFileSystemTest, MoreFilesCanBeMappedThanThereAreDescriptors) {
  Put("f", "text");
  const ProcessLimit limit(RLIMIT_NOFILE, 300);
  std::vector<std::shared_ptr<const RandomAccessFile>> files;
  for (int i = 0; i < 400; ++i) {
    files.push_back(fs_.OpenForReading(In("f"), Access::kMap).value());
    EXPECT_EQ(AsText(files.back()->mapped()), "text");
  }
  EXPECT_NE(files.front()->unmapped(), nullptr);
  EXPECT_EQ(files.back()->unmapped(), nullptr);
}

TEST_F(PosixFileSystemTest, AFileThatCannotBeMappedIsRead) {
  const SmallDisk disk("size=1m");
  if (!disk.ok()) GTEST_SKIP() << "cannot mount a tmpfs here";
  const std::string path = disk.path() + "/f";
  ASSERT_TRUE(WriteWholeFile(fs_, path, AsBytes("text")).ok());
  constexpr off_t kMoreThanTheAddressSpace = off_t{1} << 60;
  ASSERT_EQ(::truncate(path.c_str(), kMoreThanTheAddressSpace), 0);
  const auto file = fs_.OpenForReading(path, Access::kMap).value();
  EXPECT_TRUE(file->mapped().empty());
  std::string text(4, ' ');
  EXPECT_TRUE(file->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
  EXPECT_EQ(text, "text");
}

TEST_F(PosixFileSystemTest, NoDescriptorIsLost) {
  Put("f", "text");
  const auto count = [&] { return fs_.List("/proc/self/fd").value().size(); };
  const size_t before = count();
  for (int i = 0; i < 3; ++i) {
    (void)fs_.OpenForReading(In("f"), Access::kMap).value();
    (void)fs_.OpenForReading(In("f"), Access::kRead).value();
    (void)fs_.OpenForReading(In(""), Access::kRead);
    (void)fs_.CreateForWriting(In("new" + std::to_string(i))).value();
    (void)fs_.List(In("f"));
    (void)fs_.SyncDirectory(In(""));
    (void)fs_.CreateDirectories(In("d" + std::to_string(i)));
  }
  EXPECT_EQ(count(), before);
}

// ---- Writing

TEST_F(PosixFileSystemTest, FilesObeyTheUmask) {
  const mode_t old = ::umask(027);
  Put("f", "");
  ASSERT_TRUE(fs_.CreateDirectories(In("d")).ok());
  ::umask(old);
  struct stat info = {};
  ASSERT_EQ(::stat(In("f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0640u);
  ASSERT_EQ(::stat(In("d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0750u);
}

TEST_F(PosixFileSystemTest, AllocateTakesRealBlocks) {
  const auto file = fs_.CreateForWriting(In("f")).value();
  ASSERT_TRUE(file->Allocate(1 << 20).ok());
  struct stat info = {};
  ASSERT_EQ(::stat(In("f").c_str(), &info), 0);
  EXPECT_GE(info.st_blocks * 512, 1 << 20);
}

// Whole blocks in memory that is as aligned as the file go to the device directly, all else through
// the cache, in one file.
TEST_F(PosixFileSystemTest, WhatBypassesThePageCacheArrivesWhereverItBegins) {
  constexpr size_t kSize = 9 << 20;
  std::vector<std::byte> expected(kSize);
  std::vector<std::byte> memory(kSize + 8192);
  void* start = memory.data();
  size_t room = memory.size();
  auto* const aligned = static_cast<std::byte*>(std::align(4096, kSize, start, room));
  for (size_t i = 0; i < kSize; ++i) aligned[i] = static_cast<std::byte>(i * 2654435761U >> 13);
  struct Piece {
    size_t offset;
    size_t nbytes;
    size_t from;  // where it lies in memory
  };
  const Piece pieces[] = {{0, 1 << 20, 0},                           // whole blocks
                          {(1 << 20), (2 << 20) + 77, 1 << 20},      // a tail
                          {(3 << 20) + 100, (1 << 20) + 4000, 100},  // head and tail
                          {(5 << 20) + 100, 1 << 20, 101},           // never aligned
                          {(7 << 20), 300, 4096},                    // short
                          {(8 << 20), 1 << 20, 4096}};
  const auto file = *LocalFileSystem().CreateForWriting(In("f"));
  ASSERT_TRUE(file->Allocate(kSize).ok());
  file->WriteBehind();
  file->BypassPageCache();
  for (const Piece& piece : pieces) {
    const Bytes bytes(aligned + piece.from, piece.nbytes);
    ASSERT_TRUE(file->WriteAt(piece.offset, bytes).ok());
    std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  }
  file->BeginSync();
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Close().ok());
  const auto reader = *LocalFileSystem().OpenForReading(In("f"), Access::kRead);
  std::vector<std::byte> found(kSize);
  ASSERT_TRUE(reader->ReadAt(0, found).ok());
  EXPECT_TRUE(found == expected);
}

TEST_F(PosixFileSystemTest, OneOfManyWinsANameThatIsNotReplaced) {
  constexpr int kThreads = 8;
  for (int i = 0; i < kThreads; ++i) Put("from" + std::to_string(i), std::to_string(i));
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const Status status = fs_.RenameNoReplace(In("from" + std::to_string(i)), In("to"));
      won += status.ok() ? 1 : 0;
      EXPECT_EQ(status.reason(), status.ok() ? Reason::kNone : Reason::kExists);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(fs_.List(In(""))->size(), static_cast<size_t>(kThreads));
}

TEST_F(PosixFileSystemTest, ManyMayCreateTheSameDirectories) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(fs_.CreateDirectories(In("a/b/c/d/e")).ok()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fs_.Stat(In("a/b/c/d/e"))->kind, FileKind::kDirectory);
}

TEST_F(PosixFileSystemTest, ARemovedWorkingDirectoryIsAnError) {
  EXPECT_EXIT(
      {
        const std::string here = In("here");
        if (!fs_.CreateDirectories(here).ok() || ::chdir(here.c_str()) != 0) ::_exit(2);
        ::rmdir(here.c_str());
        ::_exit(fs_.CreateDirectories("a/b").reason() == Reason::kMissing ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(PosixFileSystemTest, MessagesAreOneLine) {
  const Status status = fs_.Stat(In("a\nb\x1b[2J")).status();
  EXPECT_EQ(status.message(), In("a\\nb\\x1b[2J") + ": stat: No such file or directory");
}

// ---- What the machine refuses

TEST_F(PosixFileSystemTest, ADirectoryThatMayNotBeWrittenIsReadOnly) {
  Put("f", "text");
  ASSERT_TRUE(fs_.CreateDirectories(In("d")).ok());
  ASSERT_EQ(::chmod(temp_.path().c_str(), 0555), 0);
  ASSERT_EQ(::chmod(In("f").c_str(), 0), 0);
  {
    const AsNobody nobody;
    EXPECT_EQ(fs_.CreateForWriting(In("x")).status().reason(), Reason::kReadOnly);
    EXPECT_EQ(fs_.Rename(In("f"), In("g")).reason(), Reason::kReadOnly);
    EXPECT_EQ(fs_.RenameNoReplace(In("f"), In("g")).reason(), Reason::kReadOnly);
    EXPECT_EQ(fs_.Remove(In("f")).reason(), Reason::kReadOnly);
    EXPECT_EQ(fs_.CreateDirectories(In("x")).reason(), Reason::kReadOnly);
    EXPECT_EQ(OpenReason(In("f")), Reason::kIo);  // reading is not about writing
  }
  ASSERT_EQ(::chmod(temp_.path().c_str(), 0755), 0);
  EXPECT_THAT(fs_.List(In("")).value(), ElementsAre("d", "f"));
}

TEST_F(PosixFileSystemTest, AReadOnlyDiskCanBeRead) {
  SmallDisk disk("size=1m");
  if (!disk.ok()) GTEST_SKIP() << "cannot mount a tmpfs here";
  const std::string path = disk.path() + "/f";
  ASSERT_TRUE(WriteWholeFile(fs_, path, AsBytes("text")).ok());
  ASSERT_TRUE(disk.MakeReadOnly());
  EXPECT_EQ(AsText(*ReadWholeFile(fs_, path)), "text");
  EXPECT_EQ(fs_.CreateForWriting(disk.path() + "/x").status().reason(), Reason::kReadOnly);
  EXPECT_EQ(fs_.Rename(path, disk.path() + "/g").reason(), Reason::kReadOnly);
  EXPECT_EQ(fs_.Remove(path).reason(), Reason::kReadOnly);
  EXPECT_EQ(fs_.CreateDirectories(disk.path() + "/d").reason(), Reason::kReadOnly);
}

TEST_F(PosixFileSystemTest, AFullDiskIsNoSpaceUntilThereIsRoom) {
  const SmallDisk disk("size=64k");
  if (!disk.ok()) GTEST_SKIP() << "cannot mount a tmpfs here";
  const std::vector<std::byte> big(1 << 20, std::byte{1});
  auto file = fs_.CreateForWriting(disk.path() + "/f").value();
  EXPECT_EQ(file->Allocate(big.size()).reason(), Reason::kNoSpace);
  EXPECT_EQ(file->WriteAt(0, big).reason(), Reason::kNoSpace);
  EXPECT_EQ(fs_.GetFreeSpace(disk.path())->nbytes, 0u);
  file.reset();
  EXPECT_TRUE(fs_.Remove(disk.path() + "/f").ok());
  EXPECT_EQ(fs_.GetFreeSpace(disk.path())->nbytes, uint64_t{64} << 10);
  file = fs_.CreateForWriting(disk.path() + "/f").value();
  EXPECT_TRUE(file->WriteAt(0, Bytes(big).first(60'000)).ok());
}

TEST_F(PosixFileSystemTest, ADiskWithoutInodesIsNoSpace) {
  const SmallDisk disk("nr_inodes=2");
  if (!disk.ok()) GTEST_SKIP() << "cannot mount a tmpfs here";
  EXPECT_EQ(fs_.GetFreeSpace(disk.path())->num_files, 1u);
  ASSERT_TRUE(fs_.CreateForWriting(disk.path() + "/f").ok());
  EXPECT_EQ(fs_.CreateForWriting(disk.path() + "/g").status().reason(), Reason::kNoSpace);
  EXPECT_EQ(fs_.CreateDirectories(disk.path() + "/d").reason(), Reason::kNoSpace);
}

TEST_F(PosixFileSystemTest, NothingIsRenamedOntoAnotherDisk) {
  const SmallDisk disk("size=1m");
  if (!disk.ok()) GTEST_SKIP() << "cannot mount a tmpfs here";
  Put("f", "text");
  EXPECT_EQ(fs_.Rename(In("f"), disk.path() + "/f").reason(), Reason::kIo);
  EXPECT_EQ(fs_.RenameNoReplace(In("f"), disk.path() + "/f").reason(), Reason::kIo);
  EXPECT_EQ(Get("f"), "text");
}

TEST_F(PosixFileSystemTest, ALimitOnFilesIsTooBig) {
  const auto file = fs_.CreateForWriting(In("f")).value();
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const ProcessLimit limit(RLIMIT_FSIZE, 1000);
  EXPECT_TRUE(file->WriteAt(0, std::vector<std::byte>(1000)).ok());
  EXPECT_EQ(file->WriteAt(990, std::vector<std::byte>(11)).reason(), Reason::kTooBig);
  EXPECT_EQ(file->Allocate(1001).reason(), Reason::kTooBig);
  std::signal(SIGXFSZ, old_handler);
}

TEST_F(PosixFileSystemTest, RunningOutOfDescriptorsIsAnError) {
  Put("f", "text");
  const ProcessLimit limit(RLIMIT_NOFILE, 0);
  EXPECT_EQ(OpenReason(In("f")), Reason::kIo);
  EXPECT_EQ(fs_.CreateForWriting(In("g")).status().reason(), Reason::kIo);
  EXPECT_EQ(fs_.List(In("")).status().reason(), Reason::kIo);
  EXPECT_EQ(fs_.SyncDirectory(In("")).reason(), Reason::kIo);
}

// ---- Calls that fail, in a child process whose kernel refuses them

// Newer machines have only the calls with `at` in their names.
#ifdef SYS_link
constexpr long kLinkCall = SYS_link;
constexpr long kRenameCall = SYS_rename;
#else
constexpr long kLinkCall = SYS_linkat;
constexpr long kRenameCall = SYS_renameat;
#endif

class FailingCallTest : public PosixFileSystemTest {
 protected:
  void SetUp() override {
    if (!CanFailCalls()) GTEST_SKIP() << "cannot filter system calls here";
    Put("f", "text");
    Put("g", "other");
    file_ = fs_.CreateForWriting(In("new")).value();
  }

  // Runs `check` in a child where the calls fail with those errors.
  void Expect(const std::vector<FailingCall>& calls, const std::function<bool()>& check) {
    EXPECT_EXIT(::_exit(FailCalls(calls) && check() ? 0 : 1), testing::ExitedWithCode(0), "");
  }

  std::unique_ptr<WritableFile> file_;
};

TEST_F(FailingCallTest, ErrorsOfWritingAreTold) {
  Expect({{SYS_fsync, EIO}}, [&] { return file_->Sync().reason() == Reason::kIo; });
  Expect({{SYS_fsync, ENOSPC}}, [&] { return file_->Sync().reason() == Reason::kNoSpace; });
  Expect({{SYS_close, EDQUOT}}, [&] { return file_->Close().reason() == Reason::kNoSpace; });
  Expect({{SYS_close, EINTR}}, [&] { return file_->Close().reason() == Reason::kIo; });
  Expect({{SYS_pwrite64, EIO}},
         [&] { return file_->WriteAt(0, AsBytes("x")).reason() == Reason::kIo; });
  Expect({{SYS_fallocate, EDQUOT}},
         [&] { return file_->Allocate(1).reason() == Reason::kNoSpace; });
}

TEST_F(FailingCallTest, ErrorsOfReadingAreTold) {
  const auto file = fs_.OpenForReading(In("f"), Access::kRead).value();
  std::vector<std::byte> bytes(4);
  Expect({{SYS_pread64, EIO}}, [&] { return file->ReadAt(0, bytes).reason() == Reason::kIo; });
  Expect({{SYS_getdents64, EIO}},
         [&] { return fs_.List(In("")).status().reason() == Reason::kIo; });
  Expect({{SYS_statfs, EIO}, {SYS_fstatfs, EIO}}, [&] {
    return fs_.GetFreeSpace(In("")).status().reason() == Reason::kIo &&
           fs_.GetStorageKind(In("")).status().reason() == Reason::kIo;
  });
}

TEST_F(FailingCallTest, WithoutFallocateTheSizeIsMadeAllTheSame) {
  for (const int error : {EOPNOTSUPP, ENOSYS}) {
    Expect({{SYS_fallocate, error}},
           [&] { return file_->Allocate(12345).ok() && fs_.Stat(In("new"))->size == 12345; });
  }
}

TEST_F(FailingCallTest, NewDirectoriesAreSynced) {
  Expect({{SYS_fsync, EIO}}, [&] {
    return fs_.SyncDirectory(In("")).reason() == Reason::kIo &&
           fs_.CreateDirectories(In("")).ok() &&  // it is there
           fs_.CreateDirectories(In("d/e")).reason() == Reason::kIo;
  });
}

TEST_F(FailingCallTest, ADirectoryThatCannotBeSyncedIsAsGoodAsItGets) {
  Expect({{SYS_fsync, EINVAL}}, [&] { return fs_.SyncDirectory(In("")).ok(); });
}

TEST_F(FailingCallTest, AFileSystemWithoutLocksIsNoticed) {
  for (const int error : {ENOLCK, EOPNOTSUPP}) {
    Expect({{SYS_fcntl, error}}, [&] {
      const auto lock = fs_.Lock(In("lock"));
      return lock.ok() && !(*lock)->is_exclusive();
    });
  }
  Expect({{SYS_fcntl, EAGAIN}},
         [&] { return fs_.Lock(In("lock")).status().reason() == Reason::kLocked; });
  Expect({{SYS_fcntl, EIO}}, [&] { return fs_.Lock(In("lock")).status().reason() == Reason::kIo; });
}

// NFS and some FUSE file systems do not know RENAME_NOREPLACE; some not even hard links.
TEST_F(FailingCallTest, RenameNoReplaceHasOtherWays) {
  const std::vector<std::vector<FailingCall>> machines = {
      {{SYS_renameat2, EINVAL}},
      {{SYS_renameat2, ENOSYS}},
      {{SYS_renameat2, EINVAL}, {kLinkCall, EPERM}, {SYS_linkat, EPERM}},
  };
  for (const auto& calls : machines) {
    Expect(calls, [&] {
      return fs_.RenameNoReplace(In("f"), In("g")).reason() == Reason::kExists &&
             Get("f") == "text" && Get("g") == "other" &&
             fs_.RenameNoReplace(In("missing"), In("h")).reason() == Reason::kMissing &&
             fs_.RenameNoReplace(In("f"), In("h")).ok() && Get("h") == "text" &&
             !*fs_.Exists(In("f")) && fs_.Rename(In("h"), In("f")).ok();
    });
  }
}

TEST_F(FailingCallTest, RenameNoReplaceNeedsNoLookWhereThereAreHardLinks) {
  Expect({{SYS_renameat2, EINVAL}, {SYS_newfstatat, EIO}, {SYS_statx, EIO}, {kRenameCall, EIO}},
         [&] {
           return fs_.RenameNoReplace(In("f"), In("g")).reason() == Reason::kExists &&
                  fs_.RenameNoReplace(In("f"), In("h")).ok();
         });
}

}  // namespace
}  // namespace cairn
