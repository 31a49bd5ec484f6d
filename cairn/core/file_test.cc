#include "cairn/core/file.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace cairn
