#include "cairn/data/file_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/data/text_lines.h"
#include "cairn/io/memory_file_system.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct FileSequenceTest : testing::Test {
  MemoryFileSystem fs;

  FileSequenceTest() {
    EXPECT_TRUE(fs.Put("data/a", AsBytes("a1\na2\n")).ok());
    EXPECT_TRUE(fs.Put("data/b", AsBytes("b1\n")).ok());
    EXPECT_TRUE(fs.Put("data/empty", AsBytes("")).ok());
    EXPECT_TRUE(fs.Put("moved/to/a", AsBytes("a1\na2\n")).ok());
    EXPECT_TRUE(fs.Put("moved/to/b", AsBytes("b1\n")).ok());
  }
  FileSequence<std::string> Of(std::vector<std::string> paths, Passes passes = Passes::kOne) {
    return {std::move(paths), [this](const std::string& path) { return TextLines::Open(fs, path); },
            passes};
  }
  static std::vector<std::string> Take(FileSequence<std::string>& source, int count) {
    std::vector<std::string> taken;
    for (int i = 0; i < count; ++i) taken.push_back(source.Next().value().value_or("(end)"));
    return taken;
  }
};

TEST_F(FileSequenceTest, ReadsOneFileAfterTheOther) {
  auto source = Of({"data/empty", "data/b", "data/a"});
  EXPECT_THAT(Take(source, 5), ElementsAre("b1", "a1", "a2", "(end)", "(end)"));
}

TEST_F(FileSequenceTest, BeginsAgainWhereItHasNoEnd) {
  auto source = Of({"data/a", "data/empty", "data/b"}, Passes::kEndless);
  EXPECT_THAT(Take(source, 7), ElementsAre("a1", "a2", "b1", "a1", "a2", "b1", "a1"));
  EXPECT_THAT(source.Position(), HasSubstr("pass=2 file=0 at line=1 byte=3"));
}

TEST_F(FileSequenceTest, FilesWithoutAnElementHaveAnEndAllTheSame) {
  auto none = Of({}, Passes::kEndless), empty = Of({"data/empty", "data/empty"}, Passes::kEndless);
  EXPECT_THAT(Take(none, 2), ElementsAre("(end)", "(end)"));
  EXPECT_THAT(Take(empty, 2), ElementsAre("(end)", "(end)"));
  EXPECT_TRUE(none.Seek(none.Position()).ok());
  EXPECT_TRUE(empty.Seek(empty.Position()).ok());
  EXPECT_THAT(Take(empty, 1), ElementsAre("(end)"));
}

TEST_F(FileSequenceTest, TheDataMayMove) {
  auto source = Of({"data/a", "data/b"}), moved = Of({"moved/to/a", "moved/to/b"});
  Take(source, 1);
  EXPECT_THAT(source.Position(), Not(HasSubstr("data")));
  ASSERT_TRUE(moved.Seek(source.Position()).ok());
  EXPECT_THAT(Take(moved, 3), ElementsAre("a2", "b1", "(end)"));
}

TEST_F(FileSequenceTest, AChangedListIsAnErrorThatSaysSo) {
  auto source = Of({"data/a", "data/b"});
  Take(source, 1);
  const std::vector<std::pair<std::vector<std::string>, std::string>> lists = {
      {{"data/a"}, "2 files, this list has 1"},
      {{"data/a", "data/b", "data/b"}, "2 files, this list has 3"},
      {{"data/b", "data/a"}, "2 files, this list has 2 of other names"},
      {{"data/a", "data/empty"}, "2 files, this list has 2 of other names"}};
  for (const auto& [paths, words] : lists) {
    auto other = Of(paths);
    const Status status = other.Seek(source.Position());
    EXPECT_EQ(status.reason(), Reason::kMismatch);
    EXPECT_THAT(std::string(status.message()), HasSubstr("the list of files has changed"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

TEST_F(FileSequenceTest, NamesAreWholeNames) {
  EXPECT_NE(ChecksumOfNames({"x/ab", "x/c"}), ChecksumOfNames({"x/a", "x/bc"}));
  EXPECT_NE(ChecksumOfNames({"x/a/1", "x/b/1"}), ChecksumOfNames({"x/b/1", "x/a/1"}));
  EXPECT_EQ(ChecksumOfNames({"x/a/1", "x/a/2"}), ChecksumOfNames({"y/1", "y/2"}));
  EXPECT_EQ(ChecksumOfNames({"deep/down/1"}), ChecksumOfNames({"1"}));
}

TEST_F(FileSequenceTest, ErrorsOfAFileCarryItsPath) {
  auto source = Of({"data/b", "data/gone"});
  EXPECT_THAT(Take(source, 1), ElementsAre("b1"));
  const std::string before = source.Position();
  for (int i = 0; i < 2; ++i) {
    const Status status = source.Next().status();
    EXPECT_EQ(status.reason(), Reason::kMissing);
    EXPECT_THAT(std::string(status.message()), HasSubstr("data/gone"));
  }
  ASSERT_TRUE(fs.Put("data/gone", AsBytes("c1")).ok());
  EXPECT_THAT(Take(source, 2), ElementsAre("c1", "(end)"));
  ASSERT_TRUE(fs.Remove("data/gone").ok());
  auto other = Of({"data/b", "data/gone"});
  EXPECT_TRUE(other.Seek(before).ok());
  ASSERT_TRUE(fs.Put("data/gone", AsBytes("longer c1")).ok());
  EXPECT_EQ(other
                .Seek("files=2 names=" + std::to_string(ChecksumOfNames({"b", "gone"})) +
                      " pass=0 file=1 at line=1 byte=2")
                .reason(),
            Reason::kMismatch);
  EXPECT_EQ(other.Position(), before);
}

TEST(FilePositionTest, ComesBackAsText) {
  const FilePosition position{3, 99, 4, 2, "line=1 byte=2"};
  const std::string text = FormatFilePosition(position);
  EXPECT_EQ(text, "files=3 names=99 pass=4 file=2 at line=1 byte=2");
  EXPECT_EQ(ParseFilePosition(text)->at, "line=1 byte=2");
  EXPECT_EQ(ParseFilePosition(text)->file, 2u);
  for (const char* wrong :
       {"files=3 names=99 pass=4 file=4", "files=3 names=99 pass=4 file=3 at line=1 byte=2",
        "files=3 names=99 pass=4 file=2 at ", "files=3 names=99 pass=4 at line=1", ""})
    EXPECT_EQ(ParseFilePosition(wrong).status().reason(), Reason::kFormat) << wrong;
}

}  // namespace
}  // namespace cairn
