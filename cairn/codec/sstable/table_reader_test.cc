#include "cairn/codec/sstable/table_reader.h"

#include <gtest/gtest.h>

#include <ctime>

#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

Result<TableEntries> ReadTable(const std::string& bytes, Access access = Access::kMap) {
  CAIRN_ASSIGN_OR_RETURN(const TableReader table, TableReader::Open(OpenBytes(bytes, access)));
  TableEntries entries;
  CAIRN_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, Bytes value) -> Status {
    entries.emplace_back(key, AsText(value));
    return {};
  }));
  return entries;
}

const TableEntries kEntries = {{"", "header"},  {"a", "1"},   {"a/b", ""},
                               {"a/bc", "333"}, {"b", "4"},   {std::string("b\0c", 3), "5"},
                               {"c", "6"},      {"\xff", "7"}};

class TableReaderTest : public testing::TestWithParam<Access> {};
INSTANTIATE_TEST_SUITE_P(, TableReaderTest, testing::Values(Access::kMap, Access::kRead),
                         [](const auto& access) {
                           return access.param == Access::kMap ? "Mapped" : "Read";
                         });

TEST_P(TableReaderTest, ReadsEveryEntryInOrder) {
  for (size_t per_block : {1, 2, 3, 8}) {
    EXPECT_EQ(*ReadTable(MakeTable(kEntries, per_block), GetParam()), kEntries) << per_block;
    EXPECT_EQ(*ReadTable(MakeSnappyTable(kEntries, per_block), GetParam()), kEntries) << per_block;
  }
}

TEST_P(TableReaderTest, ATableMayBeEmpty) {
  const Result<TableEntries> entries = ReadTable(TableBytes().Finish(), GetParam());
  ASSERT_TRUE(entries.ok()) << entries.status().message();
  EXPECT_TRUE(entries->empty());
}

TEST_P(TableReaderTest, CountsItsBlocks) {
  const auto table = TableReader::Open(OpenBytes(MakeTable(kEntries, 3), GetParam()));
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(table->num_blocks(), 3u);
  EXPECT_EQ(table->file().path(), "t.index");
}

TEST_P(TableReaderTest, AnIndexKeyMayLieBetweenTheBlocks) {
  const std::string bytes = TableBytes()
                                .AddBlock(BlockBytes().Add("abcd", "1"), "abd")
                                .AddBlock(BlockBytes().Add("xyz", "2"), "y")
                                .Finish();
  const TableEntries expected = {{"abcd", "1"}, {"xyz", "2"}};
  EXPECT_EQ(*ReadTable(bytes, GetParam()), expected);
}

TEST_P(TableReaderTest, TheErrorOfAVisitorEndsTheWalk) {
  const auto table = TableReader::Open(OpenBytes(MakeTable(kEntries, 3), GetParam()));
  ASSERT_TRUE(table.ok());
  int calls = 0;
  const Status status = table->ForEach([&](std::string_view, Bytes) -> Status {
    if (++calls < 5) return {};
    return Status(Reason::kProto, "tensor 'b': no");
  });
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(status.reason(), Reason::kProto);
  EXPECT_EQ(status.message(), "t.index: tensor 'b': no");
}

// A file with 10^6 blocks, or keys that share nearly all, must not take long or much memory.
class TableLimitsTest : public testing::Test {
 protected:
  // A hostile file may take one second; sanitizers need more.
  static constexpr double kSeconds = kHasSlowSanitizer ? 20 : 1;

  static Status ReadInTime(const std::string& bytes, Access access, uint64_t max_nbytes) {
    const auto file = OpenBytes(bytes, access);
    const AllocationMeter meter;
    const std::clock_t start = std::clock();  // of the processor: the machine may be busy
    Status status;
    if (const auto table = TableReader::Open(file); table.ok()) {
      status = table->ForEach([](std::string_view, Bytes) -> Status { return {}; });
    } else {
      status = table.status();
    }
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, kSeconds);
    EXPECT_LT(meter.peak_nbytes(), max_nbytes);
    return status;
  }
};

std::string NumberedKey(uint32_t number) {
  std::string key;
  for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
  return key;
}

TEST_F(TableLimitsTest, A15AMillionEmptyBlocks) {
  TableBytes table;
  BlockBytes index(1);
  const std::string empty = BlockBytes().contents();
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    std::string handle;
    AppendHandle(handle, table.Append(empty));
    index.Add(NumberedKey(i), handle);
  }
  const std::string contents = index.contents();
  const std::string bytes = table.FinishWithIndex(contents);
  EXPECT_TRUE(ReadInTime(bytes, Access::kMap, 4096).ok());
  EXPECT_TRUE(ReadInTime(bytes, Access::kRead, contents.size() + 4096).ok());
}

TEST_F(TableLimitsTest, A15TheSameBlockAMillionTimes) {
  TableBytes table;
  BlockBytes index(1);
  std::string handle;
  AppendHandle(handle, table.Append(BlockBytes().contents() + std::string(1 << 20, '\0')));
  for (uint32_t i = 0; i < 1'000'000; ++i) index.Add(NumberedKey(i), handle);
  const Status status = ReadInTime(table.FinishWithIndex(index.contents()), Access::kMap, 4096);
  EXPECT_EQ(status.reason(), Reason::kOverlap);
  EXPECT_NE(status.message().find(": index: block: names blocks"), std::string::npos)
      << status.message();
}

TEST_F(TableLimitsTest, A15KeysThatShareAMegabyteEach) {
  const std::string shared(1 << 20, 'k');
  BlockBytes block;
  block.AddRaw(0, shared.size(), 0, shared);
  uint64_t length = shared.size();
  for (int i = 0; i < 100'000; ++i) block.AddRaw(length++, 1, 0, "k");
  const std::string bytes = TableBytes().AddBlock(block, "l").Finish();
  EXPECT_TRUE(ReadInTime(bytes, Access::kMap, 8 << 20).ok());
}

TEST_F(TableLimitsTest, A15IndexKeysThatShareAMegabyteEach) {
  const std::string shared(1 << 20, 'k');
  TableBytes table;
  BlockBytes index;
  const std::string empty = BlockBytes().contents();
  uint64_t length = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string value;
    AppendHandle(value, table.Append(empty));
    const std::string key = i == 0 ? shared : "k";
    index.AddRaw(length, key.size(), value.size(), key + value);
    length += key.size();
  }
  EXPECT_TRUE(ReadInTime(table.FinishWithIndex(index.contents()), Access::kMap, 16 << 20).ok());
}

TEST_F(TableLimitsTest, A4NoMemoryForWhatHandlesPromise) {
  for (uint64_t nbytes : {UINT64_MAX - 4, uint64_t{INT64_MAX}, uint64_t{1} << 32}) {
    TableBytes table;
    table.AddBlock(BlockBytes().Add("a", "1"), "a");
    const BlockHandle metaindex = table.Append(BlockBytes().contents());
    const std::string bytes = table.FinishWithFooter(metaindex, {0, nbytes});
    EXPECT_EQ(ReadInTime(bytes, Access::kRead, 4096).reason(), Reason::kBounds) << nbytes;
  }
}

TEST_P(TableReaderTest, FindsExactlyTheKeysThatAreThere) {
  TableEntries entries = {{"", "header"}};
  for (int i = 100; i < 400; ++i)
    entries.emplace_back("key" + std::to_string(2 * i), std::to_string(i));
  for (size_t per_block : {1, 3, 40, 1000}) {
    for (const std::string& bytes :
         {MakeTable(entries, per_block), MakeSnappyTable(entries, per_block)}) {
      const auto table = TableReader::Open(OpenBytes(bytes, GetParam()));
      ASSERT_TRUE(table.ok()) << table.status().message();
      for (const auto& [key, value] : entries) {
        const auto found = table->Find(key);
        ASSERT_TRUE(found.ok() && found->has_value()) << key;
        EXPECT_EQ(AsText((*found)->value), value);
        EXPECT_TRUE(table->BlockOf(key));
        EXPECT_FALSE(table->Find(key + "1")->has_value()) << key;
      }
      EXPECT_FALSE(table->Find("a")->has_value());
      EXPECT_FALSE(table->Find("z")->has_value());
      EXPECT_FALSE(table->BlockOf("z"));
    }
  }
}

TEST_P(TableReaderTest, ADamagedBlockIsTheErrorOfItsKeysAlone) {
  TableBytes bytes;
  bytes.AddBlock(BlockBytes().Add("a", "1"), "a");
  const uint64_t damaged = bytes.offset();
  bytes.AddBlock(BlockBytes().Add("b", "2").Add("c", "3"), "c");
  bytes.AddBlock(BlockBytes().Add("d", "4"), "d");
  std::string file = bytes.Finish();
  file[damaged + 4] ^= 1;
  const auto table = TableReader::Open(OpenBytes(file, GetParam()));
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_TRUE(table->Find("a")->has_value());
  EXPECT_TRUE(table->Find("d")->has_value());
  for (const char* key : {"b", "c"}) {
    const Status status = table->Find(key).status();
    EXPECT_EQ(status.reason(), Reason::kCrc);
    EXPECT_TRUE(
        status.message().starts_with("t.index: offset " + std::to_string(damaged) + ": block: "))
        << status.message();
  }
}

// Blocks whose checksums hold, made by nobody sane.
TEST_P(TableReaderTest, RestartsThatBeginNoEntryAreAnError) {
  for (const uint32_t offset : {1u, 3u, 1000u}) {
    BlockBytes block(1);
    block.Add("a", "1").Add("b", "2").Add("c", "3").SetRestarts({0, offset, offset});
    const auto table =
        TableReader::Open(OpenBytes(TableBytes().AddBlock(block, "c").Finish(), GetParam()));
    ASSERT_TRUE(table.ok());
    EXPECT_EQ(table->Find("c").status().reason(), Reason::kFormat) << offset;
  }
}

}  // namespace
}  // namespace cairn::sstable
