#include "cairn/checkpoint/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/slice_bytes.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/v1_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Contents = std::map<std::string, std::string>;

BundleBytes Sound() {
  BundleBytes bundle(2);
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(10 + i);
    bundle.Add("name" + number, DType::kInt8, {2}, number, static_cast<size_t>(i % 2));
  }
  bundle.AddStrings("text", {1}, {"strings"}, 1)
      .AddSliced("v", DType::kInt8, {2}, {{{{0, 1}}, "x", 0}, {{{1, 1}}, "y", 1}});
  bundle.entries_per_block = 4;
  return bundle;
}

class RepairTest : public testing::Test {
 protected:
  void Put(const BundleBytes& bundle) { ASSERT_TRUE(bundle.WriteTo(fs_, "m").ok()); }
  void Put(const std::string& path, std::string_view text) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(text)).ok());
  }
  std::string Get(const std::string& path) {
    return std::string(AsText((*fs_.OpenForReading(path, Access::kMap))->mapped()));
  }

  Contents Files() {
    Contents files;
    const auto names = fs_.List(".");
    for (const std::string& name : *names) {
      if (fs_.Stat(name)->kind == FileKind::kRegular && !name.starts_with("new"))
        files[name] = Get(name);
    }
    return files;
  }

  // Repairs m into new: the input is as it was, the output is sound.
  RepairReport Mend(const std::string& from = "m") {
    const Contents before = Files();
    const auto report = Repair(fs_, from, "new");
    EXPECT_EQ(Files(), before);
    EXPECT_TRUE(report.ok()) << report.status().message();
    if (!report.ok()) return {};
    VerifyOptions strict;
    strict.depth = VerifyDepth::kStrict;
    const auto verified = Verify(fs_, "new", strict);
    // A partial rescue says so, and nothing else is wrong with it.
    std::vector<Reason> findings;
    for (const Finding& finding : verified->findings) findings.push_back(finding.error.reason());
    EXPECT_EQ(report->is_partial, !report->lost.empty());
    EXPECT_EQ(findings, std::vector<Reason>(report->is_partial ? 1 : 0, Reason::kPartial));
    return *report;
  }

  // Returns the names in the new checkpoint, and expects each value to be the right one.
  std::vector<std::string> Kept() {
    std::vector<std::string> names;
    const auto dict = Open(fs_, "new");
    EXPECT_TRUE(dict.ok());
    for (size_t i = 0; dict.ok() && i < dict->size(); ++i) {
      if (dict->name(i) == kPartialRescueName) continue;
      names.emplace_back(dict->name(i));
      if (!names.back().starts_with("name")) continue;
      EXPECT_EQ(AsText(*ReadStream(**dict->source(i))), names.back().substr(4));
    }
    return names;
  }

  MemoryFileSystem fs_;
};

TEST_F(RepairTest, ASoundCheckpointIsSavedWhole) {
  Put(Sound());
  const RepairReport report = Mend();
  EXPECT_THAT(report.lost, IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_EQ(Kept().size(), 14u);
}

TEST_F(RepairTest, DamagedTensorsAreLeftOut) {
  BundleBytes bundle = Sound();
  bundle.shards[0][0] ^= 1;      // name10
  bundle.shards[1].back() ^= 1;  // the second slice of v
  Put(bundle);
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 2u);
  EXPECT_EQ(report.lost[0].error.tensor(), "name10");
  EXPECT_EQ(report.lost[0].error.reason(), Reason::kCrc);
  EXPECT_EQ(report.lost[1].error.tensor(), "v");
  EXPECT_EQ(Kept().size(), 12u);
}

TEST_F(RepairTest, IntactBlocksOfTheIndexAreKept) {
  Put(Sound());
  std::string index = Get("m.index");
  const size_t at = index.find("name15");  // the first key of the third block
  ASSERT_NE(at, std::string::npos);
  index[at] ^= 1;
  index[at + 2] ^= 1;
  Put("m.index", index);
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_THAT(report.lost[0].error.message(), HasSubstr("m.index: offset 202: block: checksum "));
  const auto kept = Kept();
  EXPECT_EQ(kept.size(), 10u);
  EXPECT_THAT(kept, testing::Not(testing::Contains("name15")));
}

TEST_F(RepairTest, OneDamagedByteOfTheOnlyBlockLosesNothing) {
  BundleBytes bundle = Sound();
  bundle.entries_per_block = 100;
  Put(bundle);
  std::string index = Get("m.index");
  index[40] ^= 0x11;
  Put("m.index", index);
  const RepairReport report = Mend();
  EXPECT_THAT(report.lost, IsEmpty());
  EXPECT_THAT(report.notes,
              testing::ElementsAre(HasSubstr("was damaged, and is corrected by the checksum")));
  EXPECT_EQ(Kept().size(), 14u);
}

// TensorFlow never reads the metaindex.
TEST_F(RepairTest, ADamagedMetaindexLosesNothing) {
  Put(Sound());
  std::string index = Get("m.index");
  const size_t footer = index.size() - sstable::kFooterNbytes;
  const uint64_t at = sstable::ParseFooter(AsBytes(index.substr(footer)))->metaindex.offset;
  index[at] ^= 1;
  index[at + 2] ^= 1;
  Put("m.index", index);
  std::vector<Status> warnings;
  const auto dict = Open(fs_, "m", {.warnings = &warnings});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  EXPECT_EQ(dict->size(), 14u);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(std::string(warnings[0].message()), HasSubstr("metaindex: block: checksum"));
  const auto verified = Verify(fs_, "m");
  ASSERT_EQ(verified->findings.size(), 1u);
  EXPECT_EQ(verified->findings[0].error.reason(), Reason::kCrc);
  const RepairReport report = Mend();
  EXPECT_THAT(report.lost, IsEmpty());
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("no tensor is in that block")));
  EXPECT_EQ(Kept().size(), 14u);
}

TEST_F(RepairTest, AnIndexWithoutItsFooter) {
  Put(Sound());
  const std::string index = Get("m.index");
  Put("m.index", index.substr(0, index.size() - 48));
  const RepairReport report = Mend();
  EXPECT_EQ(report.lost.size(), 1u);
  EXPECT_EQ(Kept().size(), 14u);
}

// The checksum of a block tells which one of its bytes is damaged, and what it was.
TEST_F(RepairTest, EveryTurnedBitOfTheIndex) {
  Put(Sound());
  const std::string index = Get("m.index");
  for (uint64_t bit = 0; bit < 8 * index.size(); bit += 5) {
    SCOPED_TRACE("bit " + std::to_string(bit));
    Put("m.index", AsText(FlipBit(AsBytes(index), bit)));
    const auto report = Repair(fs_, "m", "new");
    ASSERT_TRUE(report.ok()) << report.status().message();
    ASSERT_EQ(Kept().size(), 14u);
    for (const std::string& file : report->saved.files) ASSERT_TRUE(fs_.Remove(file).ok());
  }
}

// Whole it was in the entry that is lost; how large it was nobody knows.
TEST_F(RepairTest, SlicesWithoutTheEntryOfTheirTensor) {
  BundleBytes bundle = Sound();
  bundle.entries.erase("v");
  Put(bundle);
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 2u);
  EXPECT_THAT(report.lost[0].error.message(), HasSubstr("a slice whose tensor has no entry"));
  EXPECT_EQ(Kept().size(), 13u);
}

TEST_F(RepairTest, TheHeaderIsGone) {
  const BundleBytes bundle = Sound();
  Put(bundle);
  TableEntries entries(bundle.entries.begin(), bundle.entries.end());
  Put("m.index", MakeTable(entries, 4));
  const RepairReport report = Mend();
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("the header of the index is gone, the "
                                                           "names of the data files count 2")));
  EXPECT_EQ(Kept().size(), 14u);
}

TEST_F(RepairTest, TheHeaderCountsOtherFilesThanThereAre) {
  BundleBytes bundle = Sound();
  bundle.header = HeaderMessage(3);
  Put(bundle);
  const RepairReport report = Mend();
  EXPECT_THAT(report.notes, testing::ElementsAre("the index counts 3 data files, their names 2"));
  EXPECT_EQ(Kept().size(), 14u);
}

TEST_F(RepairTest, AMissingDataFileCostsItsTensors) {
  Put(Sound());
  ASSERT_TRUE(fs_.Remove(ShardPath("m", 1, 2)).ok());
  const RepairReport report = Mend();
  EXPECT_EQ(report.lost.size(), 8u);
  EXPECT_EQ(report.lost[0].error.reason(), Reason::kMissing);
  EXPECT_EQ(Kept().size(), 6u);
}

TEST_F(RepairTest, ACutDataFileCostsWhatIsBehindTheCut) {
  BundleBytes bundle = Sound();
  bundle.shards[0].resize(5);
  Put(bundle);
  EXPECT_EQ(Mend().lost.size(), 5u);  // four of six names, and v
  EXPECT_EQ(Kept().size(), 9u);
}

TEST_F(RepairTest, EntriesThatCannotBeReadAreNamed) {
  Put(Sound().AddMessage("odd", "\x0a\x7f"));
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_EQ(report.lost[0].error.tensor(), "odd");
  EXPECT_EQ(Kept().size(), 14u);
}

TEST_F(RepairTest, WhatHasNoChecksumIsSaidNotProven) {
  BundleBytes bundle = Sound();
  EntryFields fields = bundle.Append(DType::kInt8, {2}, "ab");
  fields.masked_crc32c.reset();
  Put(bundle.AddEntry("open", fields));
  EXPECT_EQ(Mend().unprotected, std::vector<std::string>{"open"});
}

TEST_F(RepairTest, PartsThatWereNeverMerged) {
  const auto part = [&](const std::string& name, const BundleBytes& bundle) {
    ASSERT_TRUE(fs_.CreateDirectories("m_temp_0123").ok());
    ASSERT_TRUE(bundle.WriteTo(fs_, "m_temp_0123/" + name).ok());
  };
  part("part-00000-of-00002", BundleBytes().Add("name1", DType::kInt8, {1}, "1"));
  part("part-00001-of-00002", BundleBytes().Add("name2", DType::kInt8, {1}, "2"));
  const RepairReport report = Mend();
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("merged from 2 parts")));
  EXPECT_EQ(Kept(), (std::vector<std::string>{"name1", "name2"}));
}

TEST_F(RepairTest, AnIndexUnderATemporaryName) {
  const BundleBytes bundle = Sound();
  ASSERT_TRUE(bundle.WriteTo(fs_, "m").ok());
  Put("m.index.tempstate77", Get("m.index"));
  ASSERT_TRUE(fs_.Remove("m.index").ok());
  EXPECT_THAT(Mend().notes, testing::ElementsAre(HasSubstr("m.index.tempstate77: taken as")));
  EXPECT_EQ(Kept().size(), 14u);
  Put("m.index.cairn-tmp0", "x");
  EXPECT_EQ(Repair(fs_, "m", "other").status().reason(), Reason::kDuplicate);
}

// The data files that the saves of a graph wrote are there, and the index is lost.
class LostIndexTest : public RepairTest {
 protected:
  void SetUp() override {
    graph_.Variable("name1", DType::kInt8, {1})
        .Variable("name2", DType::kInt8, {1})
        .Variable("text", DType::kString, {2})
        .Variable("empty", DType::kFloat32, {0, 5});
  }

  GraphBytes::Saved Saved(const std::string& name, DType dtype, const std::string& spec = "") {
    return {name, dtype, spec, name + "/Read"};
  }
  void Put2(const std::string& first, const std::string& second) {
    Put("m.data-00000-of-00002", first);
    Put("m.data-00001-of-00002", second);
    Put("m.meta", graph_.MetaGraph());
  }
  Status Failure() { return Repair(fs_, "m", "new").status(); }

  GraphBytes graph_;
  // The payload of the strings "hello" and "".
  const std::string strings_ = std::string("\x05\0\xea\xb2\x04\x3ehello", 11);
};

TEST_F(LostIndexTest, TensorsLieOneBehindTheOther) {
  graph_.Save("save", {Saved("name2", DType::kInt8), Saved("empty", DType::kFloat32),
                       Saved("text", DType::kString), Saved("name1", DType::kInt8)});
  Put("m.meta", graph_.MetaGraph());
  Put("m.data-00000-of-00001", "2" + strings_ + "1");
  const RepairReport report = Mend();
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("made anew from m.meta")));
  EXPECT_EQ(report.unprotected.size(), 4u);
  EXPECT_EQ(Kept(), (std::vector<std::string>{"empty", "name1", "name2", "text"}));
  EXPECT_EQ((*(*Open(fs_, "new")->source(3))->ReadStrings())[0], "hello");
}

TEST_F(LostIndexTest, SlicesAndSeveralFiles) {
  graph_.Save("save_1", {Saved("part", DType::kInt8, "3 2 2,1:-"), Saved("name1", DType::kInt8)})
      .Save("save", {Saved("part", DType::kInt8, "3 2 0,2:-")});
  Put2("abcd", "ef1");
  EXPECT_THAT(Mend().lost, IsEmpty());
  EXPECT_EQ(Kept(), (std::vector<std::string>{"name1", "part"}));
  EXPECT_EQ(AsText(*ReadStream(**Open(fs_, "new")->source(1))), "abcdef");
}

TEST_F(RepairTest, ALostIndexIsMadeLikeThatOfASibling) {
  Put(Sound());
  ASSERT_TRUE(Sound().WriteTo(fs_, "m-2").ok());
  ASSERT_TRUE(fs_.Remove("m.index").ok());
  EXPECT_FALSE(Repair(fs_, "m", "new").ok());
  const auto report = Repair(fs_, "m", "new", {.like = "m-2"});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_THAT(report->lost, IsEmpty());
  EXPECT_THAT(report->notes, testing::ElementsAre(HasSubstr("made anew from m-2")));
  EXPECT_EQ(report->unprotected.size(), 14u);
  EXPECT_EQ(Kept().size(), 14u);
  const TensorDict rebuilt = *Open(fs_, "new");
  EXPECT_EQ(AsText(*ReadStream(**rebuilt.Get("v"))), "xy");
  EXPECT_EQ((*(*rebuilt.Get("text"))->ReadStrings())[0], "strings");
}

TEST_F(RepairTest, ASiblingOfAnotherSizeOrFormatIsNoModel) {
  Put(Sound());
  ASSERT_TRUE(Sound().Add("more", DType::kInt8, {1}, "1", 1).WriteTo(fs_, "m-2").ok());
  ASSERT_TRUE(fs_.Remove("m.index").ok());
  const auto report = Repair(fs_, "m", "new", {.like = "m-2"});
  ASSERT_TRUE(report.ok());            // one of the two data files fits
  EXPECT_EQ(report->lost.size(), 2u);  // the other, and the variable that has a slice in it
  EXPECT_EQ(Repair(fs_, "m", "other", {.like = "nothing"}).status().reason(), Reason::kMissing);
}

TEST_F(LostIndexTest, AFileThatNoSaveFillsIsLostAlone) {
  graph_.Save("save", {Saved("name1", DType::kInt8)})
      .Save("save_1", {Saved("name2", DType::kInt8), Saved("name3", DType::kInt8, "3 0,3")});
  Put2("1", "2abcd");
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_THAT(report.lost[0].error.message(),
              HasSubstr("m.data-00001-of-00002: no save of the graph writes its 5 bytes"));
  EXPECT_EQ(Kept(), std::vector<std::string>{"name1"});
}

TEST_F(LostIndexTest, NothingIsGuessed) {
  graph_.Save("a", {Saved("name1", DType::kInt8)}).Save("b", {Saved("name2", DType::kInt8)});
  Put("m.meta", graph_.MetaGraph());
  Put("m.data-00000-of-00001", "1");
  EXPECT_THAT(std::string(Failure().message()),
              HasSubstr("two saves of the graph fit its 1 bytes"));
  Put("m.meta", "no graph");
  EXPECT_THAT(std::string(Failure().message()), HasSubstr("m.meta: MetaGraphDef"));
  Put("m.data-00000-of-00003", "1");
  EXPECT_EQ(Failure().reason(), Reason::kDuplicate);
}

TEST_F(LostIndexTest, StringsWhoseLengthsDoNotHold) {
  graph_.Save("save", {Saved("text", DType::kString)});
  Put("m.meta", graph_.MetaGraph());
  for (size_t i = 0; i < 6; ++i) {
    std::string data = strings_;
    data[i] ^= 1;
    Put("m.data-00000-of-00001", data);
    EXPECT_THAT(std::string(Failure().message()), HasSubstr("no save of the graph")) << i;
  }
}

TEST_F(LostIndexTest, WithoutDataOrGraph) {
  Put("m.meta", graph_.MetaGraph());
  EXPECT_EQ(Failure().reason(), Reason::kMissing);
  ASSERT_TRUE(fs_.Remove("m.meta").ok());
  Put("m.data-00000-of-00001", "1");
  EXPECT_EQ(Failure().reason(), Reason::kMissing);
  const auto report = Verify(fs_, "m");
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->findings[0].error.message(),
              HasSubstr("m.index: missing, while its data is there"));
}

TEST_F(RepairTest, V1) {
  V1Bytes bytes;
  bytes.entries_per_block = 1;
  bytes.AddWhole("name1", DType::kInt8, {1}, V1Values({'1'}))
      .AddWhole("name2", DType::kInt8, {1}, V1Values({'2'}));
  std::string file = bytes.file();
  const size_t at = file.find(V1Slice("name2", {{0, -1}}, V1Values({'2'})));
  ASSERT_NE(at, std::string::npos);
  file[at] ^= 1;
  Put("m", file);
  const RepairReport report = Mend();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_EQ(report.lost[0].error.tensor(), "name2");
  EXPECT_EQ(Kept(), std::vector<std::string>{"name1"});
}

TEST_F(RepairTest, NothingIsReplaced) {
  Put(Sound());
  EXPECT_EQ(Repair(fs_, "m", "m").status().reason(), Reason::kExists);
}

TEST_F(RepairTest, WhereNothingIsLeft) {
  EXPECT_EQ(Repair(fs_, "nothing", "new").status().reason(), Reason::kMissing);
  Put("m.index", "text");
  EXPECT_EQ(Repair(fs_, "m", "new").status().reason(), Reason::kFormat);
  EXPECT_FALSE(*fs_.Exists("new.index"));
}

}  // namespace
}  // namespace cairn
