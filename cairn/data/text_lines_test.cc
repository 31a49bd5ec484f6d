#include "cairn/data/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct TextLinesTest : testing::Test {
  MemoryFileSystem memory;
  FaultFileSystem fs{memory};

  std::unique_ptr<DataSource<std::string>> Of(std::string_view content) {
    EXPECT_TRUE(memory.Put("lines", AsBytes(content)).ok());
    auto source = TextLines::Open(fs, "lines");
    EXPECT_TRUE(source.ok()) << source.status().message();
    return *std::move(source);
  }
  std::vector<std::string> LinesOf(std::string_view content) {
    const auto source = Of(content);
    std::vector<std::string> lines;
    while (const auto line = source->Next().value()) lines.push_back(*line);
    return lines;
  }
};

TEST_F(TextLinesTest, LinesEndWithALineBreakOrTheFile) {
  EXPECT_THAT(LinesOf(""), ElementsAre());
  EXPECT_THAT(LinesOf("a"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\n"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(LinesOf("\n\nb\r\n"), ElementsAre("", "", "b\r"));
}

TEST_F(TextLinesTest, LinesMayBeLongerThanTheBuffer) {
  const std::string longer(200'000, 'x'), ends_at_buffer((64 << 10) - 1, 'y');
  EXPECT_THAT(LinesOf(longer + "\n" + longer), ElementsAre(longer, longer));
  EXPECT_THAT(LinesOf(ends_at_buffer + "\nz"), ElementsAre(ends_at_buffer, "z"));
}

TEST_F(TextLinesTest, SaysWhereItIs) {
  const auto source = Of("ab\nc");
  EXPECT_EQ(source->Position(), "line=0 byte=0");
  (void)source->Next();
  EXPECT_EQ(source->Position(), "line=1 byte=3");
  (void)source->Next();
  EXPECT_EQ(source->Position(), "line=2 byte=4");
}

TEST_F(TextLinesTest, AFileThatHasChangedIsNoticed) {
  const auto source = Of("ab\nc");
  for (const char* place : {"line=1 byte=2", "line=1 byte=5", "line=0 byte=3", "line=1 byte=0",
                            "line=1 byte=18446744073709551615"}) {
    const Status status = source->Seek(place);
    EXPECT_EQ(status.reason(), Reason::kMismatch) << place;
    EXPECT_THAT(std::string(status.message()), HasSubstr("lines: line "));
    EXPECT_THAT(std::string(status.message()), HasSubstr("the file has changed"));
  }
  EXPECT_EQ(source->Position(), "line=0 byte=0");
}

TEST_F(TextLinesTest, AfterAnErrorOfReadingTheLineComesAgain) {
  const std::string longer(200'000, 'x');
  const auto source = Of(longer + "\nb\n");
  fs.script().Inject({.call = Call::kRead, .nth = 2});
  EXPECT_EQ(source->Next().status().reason(), Reason::kIo);
  EXPECT_EQ(source->Position(), "line=0 byte=0");
  EXPECT_EQ(source->Next().value(), longer);
  fs.script().Inject({.call = Call::kRead});
  EXPECT_EQ(source->Seek("line=1 byte=50000").reason(), Reason::kIo);
  EXPECT_EQ(source->Next().value(), "b");
}

TEST_F(TextLinesTest, RefusesWhatIsNotAFile) {
  EXPECT_EQ(TextLines::Open(fs, "missing").status().reason(), Reason::kMissing);
}

}  // namespace
}  // namespace cairn
