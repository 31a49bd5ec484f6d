#include "cairn/core/file.h"

#include <gtest/gtest.h>

#include <array>

namespace cairn {
namespace {

std::vector<std::byte> Content(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

TEST(MemoryFileTest, OwnsItsBytes) {
  const MemoryFile file(Content("0123456789"), "memory");
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(file.path(), "memory");
  EXPECT_EQ(AsText(file.mapped()), "0123456789");
}

TEST(MemoryFileTest, OrBorrowsThem) {
  std::string text = "0123456789";
  const MemoryFile file(AsBytes(text), "a program's array");
  text[0] = 'x';
  EXPECT_EQ(AsText(file.mapped()), "x123456789");
}

TEST(MemoryFileTest, ReadsAnyPart) {
  const MemoryFile file(Content("0123456789"), "memory");
  for (size_t offset = 0; offset <= 10; ++offset) {
    for (size_t count = 0; offset + count <= 10; ++count) {
      std::string text(count, '?');
      EXPECT_TRUE(file.ReadAt(offset, std::as_writable_bytes(std::span(text))).ok());
      EXPECT_EQ(text, std::string("0123456789").substr(offset, count));
    }
  }
}

TEST(MemoryFileTest, RefusesWhatEndsPastTheEnd) {
  const MemoryFile file(Content("0123456789"), "memory");
  std::vector<std::byte> two(2);
  for (const uint64_t offset : {uint64_t{9}, uint64_t{10}, uint64_t{11}, UINT64_MAX}) {
    const Status status = file.ReadAt(offset, two);
    EXPECT_EQ(status.reason(), Reason::kTruncated) << offset;
  }
  EXPECT_EQ(file.ReadAt(9, two).message(),
            "memory: offset 9: 2 bytes end past the file, which has 10");
  EXPECT_EQ(file.ReadAt(11, {}).reason(), Reason::kTruncated);
}

TEST(MemoryFileTest, MayBeEmpty) {
  const MemoryFile file(std::vector<std::byte>(), "memory");
  EXPECT_EQ(file.size(), 0u);
  EXPECT_TRUE(file.ReadAt(0, {}).ok());
}

// A file that is read, not mapped.
class ReadFile final : public RandomAccessFile {
 public:
  explicit ReadFile(std::string_view content) : content_(AsBytes(content), "read") {}
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return content_.ReadAt(offset, out);
  }
  uint64_t size() const override { return content_.size(); }
  const std::string& path() const override { return content_.path(); }

 private:
  MemoryFile content_;
};

TEST(ReadRange, ReturnsMappedBytesWhereTheyLie) {
  const MemoryFile file(AsBytes("some text"), "memory");
  std::vector<std::byte> buffer;
  const Bytes range = ReadRange(file, 5, 4, buffer).value();
  EXPECT_EQ(AsText(range), "text");
  EXPECT_EQ(range.data(), file.mapped().data() + 5);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReadRange, ReadsWhatIsNotMapped) {
  const ReadFile file("some text");
  std::vector<std::byte> buffer;
  EXPECT_EQ(AsText(ReadRange(file, 5, 4, buffer).value()), "text");
  std::array<std::byte, 4> room;
  const Bytes range = ReadRange(file, 0, room).value();
  EXPECT_EQ(AsText(range), "some");
  EXPECT_EQ(range.data(), room.data());
}

TEST(ReadRange, RefusesWhatEndsPastTheFile) {
  const MemoryFile mapped(AsBytes("text"), "memory");
  const ReadFile read("text");
  for (const RandomAccessFile* file : {static_cast<const RandomAccessFile*>(&mapped),
                                       static_cast<const RandomAccessFile*>(&read)}) {
    std::vector<std::byte> buffer;
    EXPECT_EQ(ReadRange(*file, 1, 4, buffer).status().reason(), Reason::kTruncated);
    EXPECT_EQ(ReadRange(*file, UINT64_MAX, 2, buffer).status().reason(), Reason::kTruncated);
  }
}

TEST(ReadRange, TellsThatThereIsNoRoom) {
  const auto no_room = [](uint64_t) -> Result<MutableBytes> {
    return Status(Reason::kNoMemory, "none");
  };
  EXPECT_EQ(ReadRange(ReadFile("text"), 0, 1, no_room).status().reason(), Reason::kNoMemory);
  EXPECT_TRUE(ReadRange(MemoryFile(AsBytes("text"), "memory"), 0, 1, no_room).ok());
}

}  // namespace
}  // namespace cairn
