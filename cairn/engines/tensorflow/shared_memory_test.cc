#include "cairn/engines/tensorflow/shared_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdio>

namespace cairn::tensorflow {
namespace {

using Access = SharedMemory::Access;

posix::FileDescriptor CopyOf(int fd) { return posix::FileDescriptor(::dup(fd)); }

TEST(SharedMemoryTest, BothMappingsAreOneMemory) {
  const auto made = SharedMemory::Create(10'000);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->bytes().size(), 10'000);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(made->bytes().data()) % 4096, 0);
  const auto mapped = SharedMemory::Map(CopyOf(made->fd()), 10'000, Access::kRead);
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  made->bytes()[9'999] = std::byte{7};
  EXPECT_EQ(mapped->bytes()[9'999], std::byte{7});
}

TEST(SharedMemoryTest, ItStaysWhenItsDescriptorIsClosed) {
  auto made = SharedMemory::Create(3);
  ASSERT_TRUE(made.ok());
  made->CloseDescriptor();
  EXPECT_EQ(made->fd(), -1);
  made->bytes()[2] = std::byte{1};
}

TEST(SharedMemoryTest, NothingNeedsNoMemory) {
  const auto made = SharedMemory::Create(0);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->fd(), -1);
  EXPECT_TRUE(SharedMemory::Map(posix::FileDescriptor(-1), 0, Access::kRead).ok());
}

TEST(SharedMemoryTest, MoreThanTheMachineHasIsRefused) {
  for (const uint64_t nbytes : {uint64_t{1} << 46, uint64_t{1} << 62, UINT64_MAX})
    EXPECT_EQ(SharedMemory::Create(nbytes).status().reason(), Reason::kNoMemory) << nbytes;
}

TEST(SharedMemoryTest, ItCannotBeMadeShorter) {
  const auto made = SharedMemory::Create(100);
  ASSERT_TRUE(made.ok());
  EXPECT_NE(::ftruncate(made->fd(), 0), 0);
}

// Memory that could become shorter would end this process with a signal when it is read.
TEST(SharedMemoryTest, OnlyWhatKeepsItsSizeIsMapped) {
  const auto made = SharedMemory::Create(100);
  ASSERT_TRUE(made.ok());
  const posix::FileDescriptor unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(unsealed.get(), 100), 0);
  std::FILE* file = std::tmpfile();
  ASSERT_EQ(::ftruncate(::fileno(file), 100), 0);
  const auto reason = [](int fd, uint64_t nbytes) {
    return SharedMemory::Map(CopyOf(fd), nbytes, Access::kReadWrite).status().reason();
  };
  EXPECT_EQ(reason(made->fd(), 100), Reason::kNone);
  EXPECT_EQ(reason(made->fd(), 101), Reason::kEngine);
  EXPECT_EQ(reason(unsealed.get(), 100), Reason::kEngine);
  EXPECT_EQ(reason(::fileno(file), 100), Reason::kEngine);
  EXPECT_EQ(reason(-1, 100), Reason::kEngine);
  std::fclose(file);
}

}  // namespace
}  // namespace cairn::tensorflow
