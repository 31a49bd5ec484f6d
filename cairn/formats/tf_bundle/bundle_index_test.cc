#include "cairn/formats/tf_bundle/bundle_index.h"

#include <gtest/gtest.h>

#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::tf_bundle {
namespace {

using namespace std::string_literals;

std::vector<std::string> NamesOf(const BundleIndex& index,
                                 std::span<const BundleIndex::Entry> entries) {
  std::vector<std::string> names;
  for (const BundleIndex::Entry& entry : entries) names.emplace_back(index.name(entry));
  return names;
}

Result<BundleIndex> ReadIndex(const std::string& bytes, const Limits& limits = {}) {
  return BundleIndex::Read(OpenBytes(bytes), limits);
}

TEST(BundleIndexTest, TellsEveryEntry) {
  BundleBytes bundle(2);
  bundle.Add("a", DType::kFloat32, {2, 1}, "12345678", 1).AddStrings("b", {}, {"hi"});
  EntryFields unprotected = bundle.Append(DType::kInt8, {}, "x");
  unprotected.masked_crc32c.reset();
  bundle.AddEntry("c", unprotected);
  const Result<BundleIndex> index = ReadIndex(bundle.index());
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_EQ(index->header().num_shards, 2u);
  ASSERT_EQ(NamesOf(*index, index->entries()), (std::vector<std::string>{"a", "b", "c"}));
  const BundleIndex::Entry& a = index->entries()[0];
  EXPECT_EQ(a.dtype, DType::kFloat32);
  EXPECT_EQ(std::vector<int64_t>(index->dims(a).begin(), index->dims(a).end()),
            (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(a.shard_id, 1);
  EXPECT_EQ(a.nbytes, 8);
  EXPECT_TRUE(a.has_crc32c);
  EXPECT_TRUE(index->dims(index->entries()[1]).empty());
  const BundleIndex::Entry& c = index->entries()[2];
  EXPECT_FALSE(c.has_crc32c);
  EXPECT_EQ(c.offset, 7);
}

TEST(BundleIndexTest, ABundleMayHoldNoTensors) {
  const Result<BundleIndex> index = ReadIndex(BundleBytes().index());
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_TRUE(index->entries().empty());
}

TEST(BundleIndexTest, AV1CheckpointIsToldByItsFirstValue) {
  // Its table of contents: a tensor "w".
  const std::string bytes = MakeTable({{"", "\x0a\x05\x0a\x03\x0a\x01w"}, {"\0w"s, "data"}});
  const Status status = ReadIndex(bytes).status();
  EXPECT_EQ(status.reason(), Reason::kUnsupported);
  EXPECT_EQ(status.message(), "t.index: is a TensorFlow V1 checkpoint, not the index of one of V2");
}

const std::string kSliceKey = "\0w\0\x01\x01\x01\x80\x7f"s;  // of "w", the whole of one dimension

EntryFields Partitioned() {
  EntryFields fields;
  fields.dims = {1};
  fields.more = "\x3a\x02\x0a\0"s;
  return fields;
}

TEST(BundleIndexTest, PiecesAreNotListed) {
  BundleBytes bundle;
  bundle.Add(kSliceKey, DType::kFloat32, {1}, "1234").AddEntry("w", Partitioned());
  const Result<BundleIndex> index = ReadIndex(bundle.index());
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_EQ(NamesOf(*index, index->entries()), std::vector<std::string>{"w"});
  EXPECT_EQ(index->entries()[0].slice_list, 1u);
  EXPECT_EQ(NamesOf(*index, index->slice_entries()), std::vector<std::string>{kSliceKey});
}

TEST(BundleIndexTest, B18NamesThatOnlyLookLikePiecesAreListed) {
  BundleBytes bundle;
  bundle.Add("\0"s, DType::kInt8, {}, "1")
      .Add("\0other"s, DType::kInt8, {}, "2")
      .Add(kSliceKey, DType::kInt8, {}, "3")  // "w" is not a partitioned variable here
      .Add("w", DType::kInt8, {}, "4");
  const Result<BundleIndex> index = ReadIndex(bundle.index());
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_EQ(NamesOf(*index, index->entries()),
            (std::vector<std::string>{"\0"s, "\0other"s, kSliceKey, "w"}));
  EXPECT_TRUE(index->slice_entries().empty());
}

TEST(BundleIndexTest, PiecesAndOddNamesAreToldApart) {
  BundleBytes bundle;
  const std::string odd = "\0\0\xff"s;  // itself a partitioned variable
  const std::string odd_piece = "\0\0\xff\0\xff\xff\0\0\x01\x01\x01\x80\x7f"s;
  bundle.AddEntry(odd, Partitioned())
      .Add(odd_piece, DType::kFloat32, {1}, "1234")
      .Add("\0x"s, DType::kInt8, {}, "1")
      .Add(kSliceKey, DType::kFloat32, {1}, "1234")
      .AddEntry("w", Partitioned());
  const Result<BundleIndex> index = ReadIndex(bundle.index());
  ASSERT_TRUE(index.ok()) << index.status().message();
  EXPECT_EQ(NamesOf(*index, index->entries()), (std::vector<std::string>{odd, "\0x"s, "w"}));
  EXPECT_EQ(NamesOf(*index, index->slice_entries()),
            (std::vector<std::string>{odd_piece, kSliceKey}));
}

TEST(BundleIndexTest, LimitsAreSettable) {
  BundleBytes bundle;
  bundle.Add("aaaa", DType::kInt8, {}, "1").Add("bbbbb", DType::kInt8, {}, "2");
  const std::string bytes = bundle.index();
  EXPECT_TRUE(ReadIndex(bytes, {.num_tensors = 2}).ok());
  EXPECT_EQ(ReadIndex(bytes, {.num_tensors = 1}).status().reason(), Reason::kLimit);
  EXPECT_TRUE(ReadIndex(bytes, {.name_nbytes = 5}).ok());
  const Status too_long = ReadIndex(bytes, {.name_nbytes = 4}).status();
  EXPECT_EQ(too_long.reason(), Reason::kLimit);
  EXPECT_EQ(too_long.message(), "t.index: a name of 5 bytes, at most 4 are read");
  EXPECT_TRUE(ReadIndex(bytes, {.metadata_nbytes = bytes.size()}).ok());
  const Status too_large = ReadIndex(bytes, {.metadata_nbytes = bytes.size() - 1}).status();
  EXPECT_EQ(too_large.reason(), Reason::kLimit);
  EXPECT_NE(too_large.message().find("t.index: an index of "), std::string::npos);
}

TEST(BundleIndexTest, A15NamesThatShareNearlyAllDoNotTakeMemory) {
  const std::string shared(60'000, 'k');
  BlockBytes block;
  block.Add("", HeaderMessage(1)).AddRaw(0, shared.size(), 2, shared + "\x08\x01");
  for (int i = 0; i < 5'000; ++i) block.AddRaw(shared.size() + i, 1, 2, "k\x08\x01");
  const auto file = OpenBytes(TableBytes().AddBlock(block, "l").Finish());
  const AllocationMeter meter;
  const Status status = BundleIndex::Read(file, {}).status();
  EXPECT_EQ(status.reason(), Reason::kLimit);
  EXPECT_NE(status.message().find("names, shapes and slices"), std::string::npos)
      << status.message();
  EXPECT_LT(meter.peak_nbytes(), uint64_t{64} << 20);
}

TEST(BundleIndexTest, A15ShapesThatCompressWellDoNotTakeMemory) {
  EntryFields fields;
  fields.dims.assign(254, 0);
  TableEntries entries = {{"", HeaderMessage(1)}};
  for (int i = 0; i < 20'000; ++i)
    entries.emplace_back("n" + std::to_string(100'000 + i), fields.Encode());
  const std::string bytes = MakeSnappyTable(entries, 100);
  const auto file = OpenBytes(bytes);
  const AllocationMeter meter;
  const Status status = BundleIndex::Read(file, {}).status();
  if (status.ok()) {
    EXPECT_LT(meter.peak_nbytes(), 3 * ((uint64_t{8} << 20) + 64 * bytes.size()));
  } else {
    EXPECT_EQ(status.reason(), Reason::kLimit);
  }
  EXPECT_EQ(BundleIndex::Read(file, {.metadata_nbytes = 1 << 20}).status().reason(),
            Reason::kLimit);
}

}  // namespace
}  // namespace cairn::tf_bundle
