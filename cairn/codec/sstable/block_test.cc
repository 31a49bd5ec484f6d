#include "cairn/codec/sstable/block.h"

#include <gtest/gtest.h>

#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

constexpr uint64_t kMaxNbytes = 1 << 20;

// The entries up to the end or the first error.
struct Walk {
  TableEntries entries;
  Status status;
};

Walk WalkAll(std::string_view contents) {
  Walk walk;
  Result<BlockCursor> cursor = BlockCursor::Make(AsBytes(contents));
  if (!cursor.ok()) return {{}, cursor.status()};
  while (true) {
    const Result<bool> more = cursor->Next();
    walk.status = more.status();
    if (!more.ok() || !*more) return walk;
    walk.entries.emplace_back(cursor->key(), AsText(cursor->value()));
  }
}

TEST(BlockCursorTest, RebuildsKeysFromWhatTheyShare) {
  const std::string contents = BlockBytes()
                                   .AddRaw(0, 3, 1, "abc1")
                                   .AddRaw(2, 1, 2, "d22")
                                   .AddRaw(3, 0 + 1, 0, "x")
                                   .AddRaw(0, 1, 1, "b4")
                                   .contents();
  const Walk walk = WalkAll(contents);
  ASSERT_TRUE(walk.status.ok()) << walk.status.message();
  const TableEntries expected = {{"abc", "1"}, {"abd", "22"}, {"abdx", ""}, {"b", "4"}};
  EXPECT_EQ(walk.entries, expected);
}

TEST(BlockCursorTest, TheEmptyBlockOfEveryMetaindexHasNoEntries) {
  const std::string contents("\0\0\0\0\1\0\0\0", 8);
  EXPECT_EQ(BlockBytes().contents(), contents);
  const Walk walk = WalkAll(contents);
  EXPECT_TRUE(walk.status.ok()) << walk.status.message();
  EXPECT_TRUE(walk.entries.empty());
}

TEST(BlockCursorTest, TheEndStaysTheEnd) {
  const std::string contents = BlockBytes().Add("", "v").contents();
  Result<BlockCursor> cursor = BlockCursor::Make(AsBytes(contents));
  ASSERT_TRUE(cursor.ok());
  EXPECT_TRUE(*cursor->Next());
  EXPECT_EQ(cursor->key(), "");
  EXPECT_FALSE(*cursor->Next());
  EXPECT_FALSE(*cursor->Next());
}

TEST(BlockCursorTest, KeysAreComparedAsUnsignedBytes) {
  const TableEntries entries = {
      {std::string(1, '\0'), ""}, {"\x7f", ""}, {"\x80", ""}, {"\xff", ""}, {"\xff\xff", ""}};
  BlockBytes block(2);
  for (const auto& [key, value] : entries) block.Add(key, value);
  const Walk walk = WalkAll(block.contents());
  EXPECT_TRUE(walk.status.ok()) << walk.status.message();
  EXPECT_EQ(walk.entries, entries);
}

struct Damage {
  const char* what;
  std::string contents;
  Reason reason;
  const char* mentions;
};

class DamagedBlockTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedBlockTest, IsRefused) {
  const Status status = WalkAll(GetParam().contents).status;
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << GetParam().what;
  EXPECT_NE(status.message().find(GetParam().mentions), std::string::npos)
      << GetParam().what << ": " << status.message();
}

BlockBytes Ab() { return BlockBytes(1).Add("a", "1").Add("b", "2"); }  // 5 bytes an entry

INSTANTIATE_TEST_SUITE_P(
    , DamagedBlockTest,
    testing::Values(
        Damage{"no contents at all", "", Reason::kFormat, "no restart count"},
        Damage{"3 bytes", "abc", Reason::kFormat, "no restart count"},
        Damage{"A10 no restarts", BlockBytes().SetRestarts({}).contents(), Reason::kFormat,
               "0 restarts"},
        Damage{"A10 2^32-1 restarts", Ab().SetRestartCount(UINT32_MAX).contents(), Reason::kFormat,
               "promises 4294967295 restarts, it has room for 4"},
        Damage{"A10 a restart array longer than the block", Ab().SetRestartCount(5).contents(),
               Reason::kFormat, "promises 5 restarts, it has room for 4"},
        Damage{"A10 a restart array that takes an entry for restarts",
               Ab().SetRestartCount(3).contents(), Reason::kFormat, "first restart"},
        Damage{"A11 the first restart is not 0", Ab().SetRestarts({5, 5}).contents(),
               Reason::kFormat, "first restart"},
        Damage{"A11 a restart past the entries", Ab().SetRestarts({0, 10}).contents(),
               Reason::kFormat, "past the entries"},
        Damage{"A11 a restart far past the block", Ab().SetRestarts({0, UINT32_MAX}).contents(),
               Reason::kFormat, "past the entries"},
        Damage{"A11 restarts that fall", Ab().Add("c", "3").SetRestarts({0, 10, 5}).contents(),
               Reason::kFormat, "past the entries"},
        Damage{"A11 the same restart twice", Ab().Add("c", "3").SetRestarts({0, 0, 5}).contents(),
               Reason::kFormat, "restart offset 0"},
        Damage{"A11 a restart inside an entry", Ab().SetRestarts({0, 3}).contents(),
               Reason::kFormat, "restart offset 3 is not where an entry begins"},
        Damage{"A11 a restart at a key that is not whole",
               BlockBytes().Add("ab", "1").Add("ac", "2").SetRestarts({0, 6}).contents(),
               Reason::kFormat, "entry at restart 6 has a shared key"},
        Damage{"A11 two restarts in a block without entries",
               BlockBytes().SetRestarts({0, 0}).contents(), Reason::kFormat, "past the entries"},
        Damage{"A12 the first key shares", BlockBytes().AddRaw(1, 1, 0, "a").contents(),
               Reason::kFormat, "entry at byte 0"},
        Damage{"A12 a key shares more than the one before has",
               BlockBytes().Add("a", "1").AddRaw(2, 1, 0, "x").contents(), Reason::kFormat,
               "entry at byte 5"},
        Damage{"A12 a key past the block", BlockBytes().AddRaw(0, 100, 0, "a").contents(),
               Reason::kFormat, "entry at byte 0"},
        Damage{"A12 a value past the block", BlockBytes().AddRaw(0, 1, 2, "a1").contents(),
               Reason::kFormat, "ends past the block"},
        Damage{"A12 lengths whose sum is 2^32 + 2",
               BlockBytes().AddRaw(0, UINT32_MAX, 3, "ab").contents(), Reason::kFormat,
               "ends past the block"},
        Damage{"A12 a length above 32 bits",
               BlockBytes().AddRaw(0, uint64_t{1} << 32, 0, "").contents(), Reason::kFormat,
               "three varints"},
        Damage{"A12 an entry cut in its lengths", "\x01" + BlockBytes().contents(), Reason::kFormat,
               "three varints"},
        Damage{"A13 keys that fall", BlockBytes().Add("b", "").AddRaw(0, 1, 0, "a").contents(),
               Reason::kOrder, "key 'a' comes after 'b'"},
        Damage{"A13 a key that is a prefix of the one before",
               BlockBytes().Add("ab", "").AddRaw(1, 0, 0, "").contents(), Reason::kOrder,
               "key 'a' comes after 'ab'"},
        Damage{"A13 a key twice", BlockBytes().Add("a", "1").AddRaw(1, 0, 1, "2").contents(),
               Reason::kDuplicate, "key 'a' comes twice"},
        Damage{"A13 the empty key twice", BlockBytes().Add("", "1").AddRaw(0, 0, 1, "2").contents(),
               Reason::kDuplicate, "key '' comes twice"},
        Damage{"A13 keys that fall as unsigned bytes",
               BlockBytes().Add("\x80", "").AddRaw(0, 1, 0, "\x7f").contents(), Reason::kOrder,
               "key '\\x7f' comes after '\\x80'"}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(BlockTest, ViewsAMappedPlainBlockWhereItLies) {
  TableBytes table;
  const BlockHandle handle = table.Append(Ab().contents());
  const auto file = OpenBytes(table.Finish());
  const Result<Block> block = Block::Read(*file, handle, handle.nbytes + 5, kMaxNbytes);
  ASSERT_TRUE(block.ok()) << block.status().message();
  EXPECT_EQ(block->contents().data(), file->mapped().data());
}

TEST(BlockTest, ReadsPlainAndSnappyAlike) {
  const std::string contents = Ab().contents() + std::string(1000, 'x');
  TableBytes table;
  const BlockHandle plain = table.Append(contents);
  const BlockHandle compressed = table.Append(CompressSnappy(contents), 1);
  ASSERT_LT(compressed.nbytes, plain.nbytes);
  const std::string bytes = table.Finish();
  for (Access access : {Access::kMap, Access::kRead}) {
    for (BlockHandle handle : {plain, compressed}) {
      const auto file = OpenBytes(bytes, access);
      Result<Block> block = Block::Read(*file, handle, table.offset(), kMaxNbytes);
      ASSERT_TRUE(block.ok()) << block.status().message();
      const Block moved = *std::move(block);
      EXPECT_EQ(AsText(moved.contents()), contents);
    }
  }
}

TEST(BlockTest, RefusesContentsAboveTheLimit) {
  const std::string contents(1000, 'x');
  TableBytes table;
  const BlockHandle plain = table.Append(contents);
  const BlockHandle compressed = table.Append(CompressSnappy(contents), 1);
  const auto file = OpenBytes(table.Finish());
  EXPECT_EQ(Block::Read(*file, plain, file->size(), 999).status().reason(), Reason::kLimit);
  EXPECT_EQ(Block::Read(*file, compressed, file->size(), 999).status().reason(), Reason::kLimit);
  EXPECT_TRUE(Block::Read(*file, plain, file->size(), 1000).ok());
  EXPECT_TRUE(Block::Read(*file, compressed, file->size(), 1000).ok());
}

}  // namespace
}  // namespace cairn::sstable
