#include "cairn/io/remove_contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RemoveContentsTest, LeavesTheEmptyDirectoryAlsoAfterAPowerCut) {
  MemoryFileSystem fs;
  for (const char* path : {"run/a", "run/.hidden", "run/sub/deep/b", "beside/c"})
    ASSERT_TRUE(fs.Put(path, AsBytes("x")).ok());
  ASSERT_TRUE(RemoveContents(fs, "run").ok());
  EXPECT_THAT(*fs.List("run"), IsEmpty());
  EXPECT_THAT(*fs.AfterPowerCut()->List("run"), IsEmpty());
  EXPECT_THAT(*fs.List("beside"), ElementsAre("c"));
}

TEST(RemoveContentsTest, WhatIsNotADirectoryIsAnErrorAndStays) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("file", AsBytes("x")).ok());
  EXPECT_EQ(RemoveContents(fs, "file").reason(), Reason::kFileType);
  EXPECT_EQ(RemoveContents(fs, "gone").reason(), Reason::kMissing);
  EXPECT_TRUE(*fs.Exists("file"));
}

TEST(RemoveContentsTest, LinksAreNotFollowed) {
  const TempDirectory temp;
  FileSystem& fs = LocalFileSystem();
  const std::string run = temp.path() + "/run", kept = temp.path() + "/kept";
  ASSERT_TRUE(fs.CreateDirectories(run).ok());
  ASSERT_TRUE(fs.CreateDirectories(kept).ok());
  ASSERT_TRUE(WriteWholeFile(fs, kept + "/f", AsBytes("x")).ok());
  ASSERT_EQ(::symlink(kept.c_str(), (run + "/to_directory").c_str()), 0);
  ASSERT_EQ(::symlink((kept + "/f").c_str(), (run + "/to_file").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", (run + "/to_nothing").c_str()), 0);
  ASSERT_EQ(::symlink(run.c_str(), (temp.path() + "/link").c_str()), 0);

  EXPECT_EQ(RemoveContents(fs, temp.path() + "/link").reason(), Reason::kFileType);
  EXPECT_EQ(fs.List(run)->size(), 3u);
  ASSERT_TRUE(RemoveContents(fs, run).ok());
  EXPECT_THAT(*fs.List(run), IsEmpty());
  EXPECT_THAT(*fs.List(kept), ElementsAre("f"));
}

}  // namespace
}  // namespace cairn
