// Every way a table can be wrong, and the answer to each. The ids are those of the list of hostile
// input: A1 to A16.
#include <gtest/gtest.h>

#include <functional>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/io/checksum.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

Result<TableEntries> ReadTable(const std::string& bytes, Access access) {
  CAIRN_ASSIGN_OR_RETURN(const TableReader table, TableReader::Open(OpenBytes(bytes, access)));
  TableEntries entries;
  CAIRN_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, Bytes value) -> Status {
    entries.emplace_back(key, AsText(value));
    return {};
  }));
  CAIRN_RETURN_IF_ERROR(table.CheckMetaindex());
  return entries;
}

const TableEntries kEntries = {{"", "header"}, {"a", "1"}, {"b", "2"}};

BlockBytes Entries() { return BlockBytes().Add("", "header").Add("a", "1").Add("b", "2"); }

std::string SoundTable() { return MakeTable(kEntries); }

// A table of one data block of these contents.
std::string TableOf(const BlockBytes& block) { return TableBytes().AddBlock(block, "z").Finish(); }
std::string TableOfStored(std::string_view stored, uint8_t type) {
  TableBytes table;
  return table.Index("z", table.Append(stored, type)).Finish();
}

// The sound data block, and an index block that says of it what it likes.
std::string TableWithIndexValue(std::string_view value) {
  TableBytes table;
  table.Append(Entries().contents());
  return table.IndexRaw("z", value).Finish();
}
std::string TableWithHandle(uint64_t offset, uint64_t nbytes) {
  std::string value;
  AppendHandle(value, {offset, nbytes});
  return TableWithIndexValue(value);
}

// The sound blocks, and a footer that says of them what it likes.
std::string TableWithFooter(
    const std::function<void(BlockHandle& metaindex, BlockHandle& index)>& change) {
  TableBytes table;
  const BlockHandle data = table.Append(Entries().contents());
  std::string value;
  AppendHandle(value, data);
  BlockHandle metaindex = table.Append(BlockBytes().contents());
  BlockHandle index = table.Append(BlockBytes(1).Add("z", value).contents());
  change(metaindex, index);
  return table.FinishWithFooter(metaindex, index);
}

std::string TableWithCrc(const std::function<uint32_t(uint32_t crc)>& change) {
  TableBytes table;
  const std::string contents = Entries().contents();
  const uint32_t crc = Crc32c(AsBytes(contents + '\0'));
  return table.Index("z", table.AppendWithCrc(contents, 0, change(crc))).Finish();
}

std::string Cut(size_t nbytes) { return SoundTable().substr(0, nbytes); }

std::string WithLastByte(char byte) {
  std::string bytes = SoundTable();
  bytes.back() = byte;
  return bytes;
}

struct Damage {
  const char* what;
  std::string bytes;
  Reason reason;
  std::vector<const char*> mentions = {};
};

class DamagedTableTest : public testing::TestWithParam<std::tuple<Access, Damage>> {};

TEST_P(DamagedTableTest, IsRefused) {
  const auto& [access, damage] = GetParam();
  const Status status = ReadTable(damage.bytes, access).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(damage.reason)) << status.message();
  EXPECT_TRUE(status.message().starts_with("t.index: ")) << status.message();
  for (const char* text : damage.mentions) {
    EXPECT_NE(status.message().find(text), std::string::npos)
        << "no '" << text << "' in: " << status.message();
  }
}

const auto kName = [](const auto& row) {
  const auto& [access, damage] = row.param;
  return RowName(damage.what) + (access == Access::kMap ? "_mapped" : "_read");
};
const auto kBothAccesses = testing::Values(Access::kMap, Access::kRead);

INSTANTIATE_TEST_SUITE_P(
    Footer, DamagedTableTest,
    testing::Combine(
        kBothAccesses,
        testing::Values(
            Damage{"A1 empty file", "", Reason::kTruncated, {"0 bytes", "48-byte footer"}},
            Damage{"A1 one byte", Cut(1), Reason::kTruncated, {"1 bytes", "48-byte footer"}},
            Damage{"A1 47 bytes", Cut(47), Reason::kTruncated, {"47 bytes", "48-byte footer"}},
            Damage{"A2 cut by one byte", Cut(SoundTable().size() - 1), Reason::kBadMagic},
            Damage{"A2 48 bytes of zeros", std::string(48, '\0'), Reason::kBadMagic},
            Damage{"A2 magic of another version", WithLastByte('\xdc'), Reason::kBadMagic},
            Damage{"A2 one more byte", SoundTable() + 'x', Reason::kBadMagic},
            Damage{"A4 index of 2^64 - 5 bytes",
                   TableWithFooter([](auto&, auto& index) { index.nbytes = UINT64_MAX - 4; }),
                   Reason::kBounds,
                   {"index", "18446744073709551611"}},
            Damage{"A4 index of 2^63 - 1 bytes",
                   TableWithFooter([](auto&, auto& index) { index.nbytes = INT64_MAX; }),
                   Reason::kBounds,
                   {"index"}},
            Damage{"A4 index of 2^32 bytes",
                   TableWithFooter([](auto&, auto& index) { index.nbytes = uint64_t{1} << 32; }),
                   Reason::kBounds,
                   {"index"}},
            Damage{"A4 metaindex of a byte more than the file",
                   TableWithFooter([](auto& metaindex, auto&) {
                     metaindex.nbytes = SoundTable().size() + 1;
                   }),
                   Reason::kBounds,
                   {"metaindex"}},
            Damage{"A5 index one byte into the footer",
                   TableWithFooter([](auto&, auto& index) { index.nbytes += 1; }),
                   Reason::kBounds,
                   {"index", "where the footer begins"}},
            Damage{"A5 offset of the index in the footer",
                   TableWithFooter([](auto&, auto& index) { index.offset += 40; }),
                   Reason::kBounds,
                   {"index"}},
            Damage{"A5 offset of 2^64 - 1",
                   TableWithFooter([](auto&, auto& index) { index.offset = UINT64_MAX; }),
                   Reason::kBounds,
                   {"index"}},
            Damage{"A6 index handle is the metaindex handle",
                   TableWithFooter([](auto& metaindex, auto& index) {
                     index = metaindex;
                     metaindex.nbytes = 0;  // and that is not a block either
                   }),
                   Reason::kCrc,
                   {"metaindex"}},
            Damage{"A6 index handle is the data handle",
                   TableWithFooter([](auto&,
                                      auto& index) { index = {0, Entries().contents().size()}; }),
                   Reason::kFormat,
                   {"index", "offset 0"}},
            Damage{"A7 index handle a byte off",
                   TableWithFooter([](auto&, auto& index) { index.offset -= 1; }),
                   Reason::kCrc,
                   {"index"}},
            Damage{"A7 metaindex handle a byte off",
                   TableWithFooter([](auto& metaindex, auto&) { metaindex.offset -= 1; }),
                   Reason::kCrc,
                   {"metaindex"}})),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Handles, DamagedTableTest,
    testing::Combine(
        kBothAccesses,
        testing::Values(
            Damage{"A3 handle of 11 bytes",
                   TableWithIndexValue(std::string(10, '\xff') + "\x01\x08"), Reason::kFormat,
                   {"index: block", "handle"}},
            Damage{"A4 data block of 2^64 - 5 bytes", TableWithHandle(0, UINT64_MAX - 4),
                   Reason::kBounds,
                   {"offset 0", "18446744073709551611"}},
            Damage{"A4 data block of 2^64 - 1 bytes", TableWithHandle(7, UINT64_MAX),
                   Reason::kBounds,
                   {"offset 7"}},
            Damage{"A4 data block of 2^63 - 1 bytes", TableWithHandle(0, INT64_MAX),
                   Reason::kBounds,
                   {"offset 0"}},
            Damage{"A4 data block of 2^32 bytes", TableWithHandle(0, uint64_t{1} << 32),
                   Reason::kBounds,
                   {"offset 0"}},
            Damage{"A5 data block into the footer",
                   TableWithHandle(0, TableWithHandle(0, 99).size() - 48), Reason::kBounds,
                   {"offset 0", "where the footer begins"}},
            Damage{"A6 two index entries of the same block",
                   [] {
                     TableBytes table;
                     const BlockHandle data = table.Append(Entries().contents());
                     return table.Index("y", data).Index("z", data).Finish();
                   }(),
                   Reason::kOrder,
                   {"offset 0", "'y'"}},
            Damage{"A14 value of the index is empty", TableWithIndexValue(""), Reason::kFormat,
                   {"index: block", "handle"}},
            Damage{"A14 value of the index is half a handle", TableWithIndexValue("\x05"),
                   Reason::kFormat,
                   {"index: block", "handle"}},
            Damage{"A14 bytes after the handle", TableWithIndexValue(std::string("\0\x2a!", 3)),
                   Reason::kFormat,
                   {"index: block", "after the handle"}},
            Damage{"A14 a handle to the index itself",
                   [] {
                     TableBytes table;
                     const uint64_t index = BlockBytes().contents().size() + 5;
                     return table.Index("z", {index, 20}).Finish();
                   }(),
                   Reason::kFormat,
                   {"names a block at 13"}})),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Blocks, DamagedTableTest,
    testing::Combine(
        kBothAccesses,
        testing::Values(Damage{"A7 a wrong checksum",
                               TableWithCrc([](uint32_t crc) { return MaskCrc32c(crc ^ 1); }),
                               Reason::kCrc,
                               {"offset 0", "checksum", "expected"}},
                        Damage{"A7 the checksum is not masked",
                               TableWithCrc([](uint32_t crc) { return crc; }),
                               Reason::kCrc,
                               {"offset 0"}},
                        Damage{"A7 the checksum leaves out the type",
                               TableWithCrc([](uint32_t) {
                                 return MaskCrc32c(Crc32c(AsBytes(Entries().contents())));
                               }),
                               Reason::kCrc,
                               {"offset 0"}},
                        Damage{"A8 block type 2",
                               TableOfStored(Entries().contents(), 2),
                               Reason::kUnsupported,
                               {"offset 0", "block type 2"}},
                        Damage{"A8 block type 255",
                               TableOfStored(Entries().contents(), 255),
                               Reason::kUnsupported,
                               {"offset 0", "block type 255"}},
                        Damage{"A9 snappy of 2^32 - 1 bytes in 10",
                               TableOfStored("\xff\xff\xff\xff\x0f"
                                             "xxxxx",
                                             1),
                               Reason::kLimit,
                               {"offset 0", "4294967295"}},
                        Damage{"A9 snappy data that is none",
                               TableOfStored("\x08\x1cxyz", 1),
                               Reason::kSnappy,
                               {"offset 0"}},
                        Damage{"A9 snappy whose contents are no block",
                               TableOfStored(CompressSnappy("abc"), 1),
                               Reason::kFormat,
                               {"offset 0"}},
                        Damage{"A10 no restarts",
                               TableOf(Entries().SetRestarts({})),
                               Reason::kFormat,
                               {"offset 0", "0 restarts"}},
                        Damage{"A10 2^32 - 1 restarts",
                               TableOf(Entries().SetRestartCount(UINT32_MAX)),
                               Reason::kFormat,
                               {"offset 0", "4294967295"}},
                        Damage{"A10 restart array longer than the block",
                               TableOf(Entries().SetRestartCount(6)),
                               Reason::kFormat,
                               {"offset 0"}},
                        Damage{"A11 restart past the entries",
                               TableOf(Entries().SetRestarts({0, 1000})),
                               Reason::kFormat,
                               {"offset 0", "restart"}},
                        Damage{"A11 restarts that fall",
                               TableOf(Entries().SetRestarts({0, 14, 9})),
                               Reason::kFormat,
                               {"offset 0", "restart"}},
                        Damage{"A12 key that shares more than there is",
                               TableOf(BlockBytes().Add("a", "1").AddRaw(9, 1, 0, "x")),
                               Reason::kFormat,
                               {"offset 0", "entry at byte 5"}},
                        Damage{"A12 value past the block",
                               TableOf(BlockBytes().Add("a", "1").AddRaw(0, 1, 99, "b")),
                               Reason::kFormat,
                               {"offset 0", "entry at byte 5"}},
                        Damage{"A13 keys not sorted",
                               TableOf(BlockBytes().Add("b", "1").AddRaw(0, 1, 1, "a2")),
                               Reason::kOrder,
                               {"offset 0", "'a'", "'b'"}},
                        Damage{"A13 a key twice",
                               TableOf(BlockBytes().Add("a", "1").AddRaw(1, 0, 1, "2")),
                               Reason::kDuplicate,
                               {"offset 0", "'a'"}},
                        Damage{"A13 index key below the last key of the block",
                               TableBytes().AddBlock(Entries(), "a").Finish(),
                               Reason::kOrder,
                               {"offset 0", "'b'", "'a'"}},
                        Damage{"A13 a key twice in two blocks",
                               TableBytes()
                                   .AddBlock(Entries(), "b")
                                   .AddBlock(BlockBytes().Add("b", "3"), "c")
                                   .Finish(),
                               Reason::kDuplicate,
                               {"'b'"}},
                        Damage{"A13 blocks not sorted",
                               TableBytes()
                                   .AddBlock(BlockBytes().Add("x", "1"), "y")
                                   .AddBlock(BlockBytes().Add("a", "2"), "z")
                                   .Finish(),
                               Reason::kOrder,
                               {"block", "'a'", "'y'"}},
                        Damage{"A13 first key is the index key before, which is no key",
                               TableBytes()
                                   .AddBlock(BlockBytes().Add("x", "1"), "y")
                                   .AddBlock(BlockBytes().Add("y", "2"), "z")
                                   .Finish(),
                               Reason::kOrder,
                               {"'y'"}},
                        Damage{"A13 index keys not sorted",
                               TableBytes()
                                   .AddBlock(BlockBytes().Add("a", "1"), "z")
                                   .AddBlock(BlockBytes().Add("b", "2"), "y")
                                   .Finish(),
                               Reason::kOrder,
                               {"index: block"}})),
    kName);

// An oddity does no harm, since the values are right. Only a strict verification reports it.
struct Oddity {
  const char* what;
  std::string bytes;
};

class OddTableTest : public testing::TestWithParam<std::tuple<Access, Oddity>> {};

TEST_P(OddTableTest, IsReadRightly) {
  const auto& [access, oddity] = GetParam();
  const Result<TableEntries> entries = ReadTable(oddity.bytes, access);
  ASSERT_TRUE(entries.ok()) << entries.status().message();
  EXPECT_EQ(*entries, kEntries);
}

std::string WithFooterPadding(char byte) {
  std::string bytes = SoundTable();
  bytes[bytes.size() - 9] = byte;
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    , OddTableTest,
    testing::Combine(
        kBothAccesses,
        testing::Values(
            Oddity{"sound", SoundTable()}, Oddity{"sound in blocks of one", MakeTable(kEntries, 1)},
            Oddity{"A6 metaindex handle is the index handle",
                   TableWithFooter([](auto& metaindex, auto& index) { metaindex = index; })},
            Oddity{"A6 metaindex handle is the data handle",
                   TableWithFooter([](auto& metaindex, auto&) {
                     metaindex = {0, Entries().contents().size()};
                   })},
            Oddity{"A15 empty blocks between",
                   TableBytes()
                       .AddBlock(BlockBytes().Add("", "header"), "")
                       .AddBlock(BlockBytes(), std::string(1, '\0'))
                       .AddBlock(BlockBytes().Add("a", "1").Add("b", "2"), "b")
                       .AddBlock(BlockBytes(), "c")
                       .Finish()},
            Oddity{"A16 bytes before and between the blocks",
                   TableBytes()
                       .AppendGap("front")
                       .AddBlock(BlockBytes().Add("", "header"), "")
                       .AppendGap("middle")
                       .AddBlock(BlockBytes().Add("a", "1").Add("b", "2"), "b")
                       .AppendGap("back")
                       .Finish()},
            Oddity{"A16 bytes before the footer",
                   [] {
                     TableBytes table;
                     table.AddBlock(Entries(), "z");
                     std::string value;
                     AppendHandle(value, {0, Entries().contents().size()});
                     const BlockHandle metaindex = table.Append(BlockBytes().contents());
                     const BlockHandle index =
                         table.Append(BlockBytes(1).Add("z", value).contents());
                     return table.AppendGap("gap").FinishWithFooter(metaindex, index);
                   }()},
            Oddity{"A16 padding of the footer that is not zero", WithFooterPadding('x')})),
    kName);

}  // namespace
}  // namespace cairn::sstable
