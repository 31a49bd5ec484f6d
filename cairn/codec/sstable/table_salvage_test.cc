#include "cairn/codec/sstable/table_salvage.h"

#include <gtest/gtest.h>

#include <set>

#include "cairn/testing/damage.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

// Where each block of data lies, and what is in it.
struct KnownBlock {
  BlockHandle handle;
  TableEntries entries;
};

struct Known {
  const char* what;
  std::string file;
  std::vector<KnownBlock> blocks;
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.what; }

TableEntries EntriesOf(int block) {
  TableEntries entries;
  for (int i = 0; i < 3; ++i) {
    entries.emplace_back("key" + std::to_string(block) + std::to_string(i),
                         std::string(static_cast<size_t>(5 * i), 'v') + std::to_string(block));
  }
  return entries;
}

template <typename Store>
Known Make(const char* what, Store store) {
  Known known{what, "", {}};
  TableBytes table;
  for (int b = 0; b < 4; ++b) {
    const TableEntries entries = EntriesOf(b);
    BlockBytes block(2);
    for (const auto& [key, value] : entries) block.Add(key, value);
    const BlockHandle handle = store(table, block.contents());
    table.Index(entries.back().first, handle);
    known.blocks.push_back({handle, entries});
  }
  known.file = table.Finish();
  return known;
}

Known Plain() {
  return Make("plain", [](TableBytes& table, const std::string& contents) {
    return table.Append(contents);
  });
}

Known Snappy() {
  return Make("snappy", [](TableBytes& table, const std::string& contents) {
    return table.Append(CompressSnappy(contents), 1);
  });
}

struct Salvaged {
  std::set<std::pair<std::string, std::string>> entries;
  size_t num_lost = 0;
};

Salvaged SalvageAll(std::string_view file, Access access) {
  Salvaged result;
  const auto salvaged =
      SalvageTable(OpenBytes(file, access), {}, [&](std::string_view key, Bytes value) -> Status {
        result.entries.emplace(std::string(key), std::string(AsText(value)));
        return {};
      });
  EXPECT_TRUE(salvaged.ok()) << salvaged.status().message();
  if (salvaged.ok()) result.num_lost = salvaged->lost.size();
  return result;
}

class TableSalvageTest : public testing::TestWithParam<std::tuple<Known, Access>> {
 protected:
  const Known& known() const { return std::get<0>(GetParam()); }
  Access access() const { return std::get<1>(GetParam()); }

  // All entries of the blocks for which `is_whole`; none that was never there.
  template <typename IsWhole>
  void Expect(const Salvaged& salvaged, IsWhole is_whole) {
    std::set<std::pair<std::string, std::string>> all;
    for (const KnownBlock& block : known().blocks) {
      for (const auto& entry : block.entries) {
        all.insert(entry);
        ASSERT_TRUE(!is_whole(block.handle) || salvaged.entries.contains(entry)) << entry.first;
      }
    }
    for (const auto& entry : salvaged.entries) ASSERT_TRUE(all.contains(entry)) << entry.first;
  }
};

INSTANTIATE_TEST_SUITE_P(, TableSalvageTest,
                         testing::Combine(testing::Values(Plain(), Snappy()),
                                          testing::Values(Access::kMap, Access::kRead)),
                         [](const auto& row) {
                           return RowName(std::get<0>(row.param).what) +
                                  (std::get<1>(row.param) == Access::kMap ? "_mapped" : "_read");
                         });

TEST_P(TableSalvageTest, ASoundTableIsAllThere) {
  const Salvaged salvaged = SalvageAll(known().file, access());
  EXPECT_EQ(salvaged.num_lost, 0u);
  Expect(salvaged, [](BlockHandle) { return true; });
}

TEST_P(TableSalvageTest, ADamagedByteCostsNothing) {
  for (size_t at = 0; at < known().file.size(); ++at) {
    SCOPED_TRACE("byte " + std::to_string(at));
    for (const int change : {1, 0x80, 0x55, 0xff}) {
      std::string file = known().file;
      file[at] = static_cast<char>(file[at] ^ change);
      const Salvaged salvaged = SalvageAll(file, access());
      ASSERT_NO_FATAL_FAILURE(Expect(salvaged, [](BlockHandle) { return true; }));
    }
  }
}

TEST_P(TableSalvageTest, TwoDamagedBytesCostNoMoreThanTheirBlocks) {
  for (size_t at = 0; at + 3 < known().file.size(); ++at) {
    SCOPED_TRACE("byte " + std::to_string(at));
    std::string file = known().file;
    file[at] ^= 1;
    file[at + 3] ^= 1;
    const Salvaged salvaged = SalvageAll(file, access());
    ASSERT_NO_FATAL_FAILURE(Expect(salvaged, [&](BlockHandle handle) {
      const uint64_t end = handle.offset + handle.nbytes + kBlockTrailerNbytes;
      return at + 3 < handle.offset || at >= end;
    }));
  }
}

TEST_P(TableSalvageTest, ACutCostsNoMoreThanWhatIsBehindIt) {
  for (size_t nbytes = 0; nbytes < known().file.size(); ++nbytes) {
    SCOPED_TRACE("cut at " + std::to_string(nbytes));
    const Salvaged salvaged = SalvageAll(known().file.substr(0, nbytes), access());
    ASSERT_GT(salvaged.num_lost, 0u);
    ASSERT_NO_FATAL_FAILURE(Expect(salvaged, [&](BlockHandle handle) {
      return handle.offset + handle.nbytes + kBlockTrailerNbytes <= nbytes;
    }));
  }
}

TEST_P(TableSalvageTest, DamageInFrontAndNoFooter) {
  const KnownBlock& first = known().blocks[0];
  std::string file = known().file.substr(0, known().file.size() - kFooterNbytes);
  file[first.handle.offset + 3] ^= 0x55;
  const Salvaged salvaged = SalvageAll(file, access());
  EXPECT_EQ(salvaged.num_lost, 2u);  // the footer, and the block
  Expect(salvaged, [&](BlockHandle handle) { return handle.offset != first.handle.offset; });
}

// Made to be walked from every byte to its end.
TEST(HostileSalvageTest, EndsSoon) {
  std::string file(300'000, '\0');
  EXPECT_TRUE(SalvageAll(file, Access::kMap).entries.empty());
  for (size_t i = 0; i < file.size(); ++i) file[i] = static_cast<char>(i % 3 == 2 ? 1 : 0);
  EXPECT_TRUE(SalvageAll(file, Access::kMap).entries.empty());
}

TEST(HostileSalvageTest, AnErrorOfTheVisitorEndsIt) {
  const auto salvaged = SalvageTable(OpenBytes(Plain().file), {}, [](std::string_view, Bytes) {
    return Status(Reason::kCancelled, "enough");
  });
  EXPECT_EQ(salvaged.status().reason(), Reason::kCancelled);
}

}  // namespace
}  // namespace cairn::sstable
