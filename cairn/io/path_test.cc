#include "cairn/io/path.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

struct PathCase {
  std::string path;
  std::string directory;
  std::string base;
};

class PathTest : public testing::TestWithParam<PathCase> {};

TEST_P(PathTest, HasADirectoryAndAName) {
  EXPECT_EQ(DirectoryOf(GetParam().path), GetParam().directory) << GetParam().path;
  EXPECT_EQ(BaseName(GetParam().path), GetParam().base) << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(, PathTest,
                         testing::Values(PathCase{"run/model-1", "run", "model-1"},
                                         PathCase{"/a/b/c", "/a/b", "c"},
                                         PathCase{"model-1", ".", "model-1"},
                                         PathCase{"/x", "/", "x"}, PathCase{"//x", "/", "x"},
                                         PathCase{"/", "/", ""}, PathCase{"", ".", ""},
                                         PathCase{"run/", "run", ""}, PathCase{"run//", "run", ""},
                                         PathCase{"a//b", "a", "b"}, PathCase{"./x", ".", "x"},
                                         PathCase{"../x", "..", "x"}));

TEST(JoinPathTest, JoinsWithOneSlash) {
  EXPECT_EQ(JoinPath("run", "x"), "run/x");
  EXPECT_EQ(JoinPath("run/", "x"), "run/x");
  EXPECT_EQ(JoinPath("/", "x"), "/x");
  EXPECT_EQ(JoinPath(".", "x"), "./x");
}

TEST(JoinPathTest, AnAbsoluteNameStandsForItself) { EXPECT_EQ(JoinPath("run", "/x"), "/x"); }

TEST(JoinPathTest, NoDirectoryIsHereAndNotTheRoot) { EXPECT_EQ(JoinPath("", "x"), "x"); }

TEST(JoinPathTest, UndoesDirectoryAndName) {
  for (const char* path : {"run/model-1", "/a/b/c", "/x", "./x", "../x"})
    EXPECT_EQ(JoinPath(DirectoryOf(path), BaseName(path)), path);
}

}  // namespace
}  // namespace cairn
