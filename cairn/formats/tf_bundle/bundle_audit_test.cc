// Tests what Verify finds beside wrong values: files that do not fit together, and with kStrict
// whatever a writer would not leave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/slice_bytes.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::tf_bundle {
namespace {

using ::testing::HasSubstr;

BundleBytes Sound() {
  BundleBytes bundle(2);
  bundle.Add("a", DType::kInt8, {4}, "aaaa", 0)
      .Add("b", DType::kInt32, {2}, "bbbbbbbb", 0)
      .Add("c", DType::kInt8, {3}, "ccc", 1)
      .Add("d", DType::kInt8, {2}, "dd", 1)
      .Add("none", DType::kInt8, {0}, "", 1);
  return bundle;
}

std::vector<std::string> Lines(FileSystem& fs, VerifyDepth depth) {
  VerifyOptions options;
  options.depth = depth;
  options.transfer.threads = 1;
  const auto report = Verify(fs, "m", options);
  EXPECT_TRUE(report.ok()) << report.status().message();
  std::vector<std::string> lines;
  if (!report.ok()) return lines;
  for (const Finding& finding : report->findings) lines.push_back(finding.error.ToString());
  return lines;
}

struct Row {
  const char* what;
  BundleBytes bundle;
  std::vector<std::string> found;  // with kStrict alone
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

BundleBytes WithEntry(const std::string& name, int64_t shard, int64_t offset,
                      const std::string& payload) {
  BundleBytes bundle = Sound();
  EntryFields fields =
      BundleBytes().Append(DType::kInt8, {static_cast<int64_t>(payload.size())}, payload);
  fields.shard = shard;
  fields.offset = offset;
  return bundle.AddEntry(name, fields);
}

BundleBytes WithGap(const std::string& gap) {
  BundleBytes bundle;
  bundle.Add("a", DType::kInt8, {4}, "aaaa");
  bundle.shards[0] += gap;
  return bundle.Add("b", DType::kInt8, {4}, "bbbb");
}

BundleBytes WithTail() {
  BundleBytes bundle = Sound();
  bundle.shards[1] += "tail";
  return bundle;
}

BundleBytes WithLostPiece() {
  BundleBytes bundle = Sound();
  bundle.AddSliced("v", DType::kInt8, {1}, {{{{0, 1}}, "1"}});
  EntryFields piece = bundle.Append(DType::kInt8, {1}, "2");
  return bundle.AddEntry(SliceKeyBytes("v", {{5, 1}}), piece);
}

class AuditTest : public testing::TestWithParam<Row> {};

TEST_P(AuditTest, StrictFindsWhatChangesNoValue) {
  MemoryFileSystem fs;
  ASSERT_TRUE(GetParam().bundle.WriteTo(fs, "m").ok());
  EXPECT_THAT(Lines(fs, VerifyDepth::kQuick), testing::IsEmpty());
  EXPECT_THAT(Lines(fs, VerifyDepth::kFull), testing::IsEmpty());
  EXPECT_EQ(Lines(fs, VerifyDepth::kStrict), GetParam().found);
}

const std::string kData0 = "m.data-00000-of-00002: offset ";
const std::string kData1 = "m.data-00001-of-00002: offset ";
const std::string kOnly = "m.data-00000-of-00001: offset ";

INSTANTIATE_TEST_SUITE_P(
    , AuditTest,
    testing::Values(
        Row{"nothing", Sound(), {}},
        Row{"B10 two entries share all",
            WithEntry("same", 0, 0, "aaaa"),
            {"E_OVERLAP: " + kData0 + "0: tensors 'a' and 'same' share bytes"}},
        Row{"B10 two entries share a part",
            WithEntry("part", 0, 3, "ab"),
            {"E_OVERLAP: " + kData0 + "3: tensors 'a' and 'part' share bytes",
             "E_OVERLAP: " + kData0 + "4: tensors 'part' and 'b' share bytes"}},
        Row{"bytes after the last tensor",
            WithTail(),
            {"E_PADDING: " + kData1 + "5: 4 bytes after the last tensor"}},
        Row{"padding of an alignment", WithGap(std::string(60, '\0')), {}},
        Row{"B10 a gap that no alignment explains",
            WithGap(std::string(59, '\0')),
            {"E_PADDING: " + kOnly + "4: 59 bytes belong to no tensor"}},
        Row{"B10 a gap larger than a page",
            WithGap(std::string(8188, '\0')),
            {"E_PADDING: " + kOnly + "4: 8188 bytes belong to no tensor"}},
        Row{"padding that is not zero",
            WithGap(std::string(11, '\0') + "x"),
            {"E_PADDING: " + kOnly + "4: the padding between tensors is not zero"}},
        Row{"a slice that nobody names",
            WithLostPiece(),
            {"E_SLICE: m.index: tensor 'v': has an entry for a slice that it does not name"}}),
    [](const auto& row) { return RowName(row.param.what); });

class FilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Sound().WriteTo(fs_, "m").ok()); }
  void Put(const std::string& path, std::string_view text) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(text)).ok());
  }

  MemoryFileSystem fs_;
};

TEST_F(FilesTest, FilesOfOtherCheckpointsAndSaves) {
  Put("m.data-00000-of-00001", "x");
  Put("m.data-00002-of-00002", "x");
  Put("m.index.tempstate123", "x");
  Put("m.data-00000-of-00002.cairn-tmp0", "x");
  Put("m2.data-00000-of-00001", "x");
  Put("m2.index.tempstate123", "x");
  EXPECT_THAT(Lines(fs_, VerifyDepth::kFull), testing::IsEmpty());
  EXPECT_THAT(
      Lines(fs_, VerifyDepth::kStrict),
      testing::ElementsAre(
          HasSubstr(
              "m.data-00000-of-00001: is not a data file of this checkpoint, whose index counts 2"),
          HasSubstr("m.data-00002-of-00002: is not a data file"),
          HasSubstr("m.data-00000-of-00002.cairn-tmp0: left by a save that did not finish"),
          HasSubstr("m.index.tempstate123: left by a save")));
}

TEST_F(FilesTest, BytesOfTheIndexThatBelongToNobody) {
  const BundleBytes bundle = Sound();
  BlockBytes block;
  block.Add("", bundle.header);
  for (const auto& [name, message] : bundle.entries) block.Add(name, message);
  Put("m.index", TableBytes().AppendGap("gap").AddBlock(block, "x").Finish());
  EXPECT_THAT(Lines(fs_, VerifyDepth::kFull), testing::IsEmpty());
  EXPECT_THAT(Lines(fs_, VerifyDepth::kStrict),
              testing::ElementsAre("E_PADDING: m.index: offset 0: 3 bytes belong to no block"));
}

TEST_F(FilesTest, AMissingDataFileIsOneFinding) {
  ASSERT_TRUE(fs_.Remove("m.data-00001-of-00002").ok());
  for (const VerifyDepth depth : {VerifyDepth::kQuick, VerifyDepth::kFull}) {
    EXPECT_THAT(
        Lines(fs_, depth),
        testing::ElementsAre("E_MISSING: m.data-00001-of-00002: is not there, and 3 tensors "
                             "lie in it"));
  }
}

TEST_F(FilesTest, TheHeaderCountsOtherFilesThanThereAre) {
  ASSERT_TRUE(fs_.Rename("m.data-00001-of-00002", "m.data-00001-of-00003").ok());
  EXPECT_THAT(Lines(fs_, VerifyDepth::kFull)[0],
              HasSubstr("the index counts 2 data files, there is ./m.data-00001-of-00003"));
}

TEST_F(FilesTest, AnEmptyDataFileIsAFindingOfItsOwn) {
  Put("m.data-00000-of-00002", "");
  const auto lines = Lines(fs_, VerifyDepth::kFull);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "E_TRUNCATED: m.data-00000-of-00002: is empty, and 2 tensors lie in it");
}

TEST_F(FilesTest, ADataFileOfAnotherStepIsAFindingOfItsOwn) {
  Put("m.data-00000-of-00002", "AAAABBBBBBBB");
  const auto lines = Lines(fs_, VerifyDepth::kFull);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr("E_CRC: m.data-00000-of-00002: none of the 2 tensors"));
  EXPECT_THAT(lines[0], HasSubstr("another step"));
  EXPECT_THAT(Lines(fs_, VerifyDepth::kQuick), testing::IsEmpty());
}

TEST_F(FilesTest, OneTensorThatIsDamagedIsNotTheFile) {
  Put("m.data-00000-of-00002", "AAAAbbbbbbbb");
  EXPECT_EQ(Lines(fs_, VerifyDepth::kFull).size(), 1u);
}

}  // namespace
}  // namespace cairn::tf_bundle
