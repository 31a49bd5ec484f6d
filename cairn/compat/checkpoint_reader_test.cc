#include "cairn/compat/checkpoint_reader.h"

#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/slice_bytes.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/v1_bytes.h"

namespace cairn {
namespace {

constexpr std::pair<int64_t, int64_t> kAll{0, -1};

class CheckpointReaderTest : public testing::Test {
 protected:
  CheckpointReader OpenBundle(const BundleBytes& bundle) {
    EXPECT_TRUE(bundle.WriteTo(fs_, "m").ok());
    auto reader = CheckpointReader::Open(fs_, "m");
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    return *std::move(reader);
  }

  MemoryFileSystem fs_;
};

BundleBytes Sliced() {
  BundleBytes bundle;
  bundle.Add("w", DType::kFloat32, {1}, "1234")
      .AddSliced("v", DType::kFloat16, {2, 2}, {{{kAll, {0, 1}}, "aacc"}, {{kAll, {1, 1}}, "bbdd"}})
      .AddStrings("text", {2}, {"x", "yz"});
  return bundle;
}

TEST_F(CheckpointReaderTest, GivesWhatTensorFlowGives) {
  const CheckpointReader reader = OpenBundle(Sliced());
  const std::string key = SliceKeyBytes("v", {kAll, {1, 1}});
  for (const std::string& name : {std::string("w"), std::string("v"), std::string("text"), key})
    EXPECT_TRUE(reader.HasTensor(name)) << name;
  EXPECT_FALSE(reader.HasTensor("V"));
  EXPECT_EQ(AsText(reader.GetTensor("w")->bytes()), "1234");
  EXPECT_EQ(AsText(reader.GetTensor("v")->bytes()), "aabbccdd");
  const auto slice = reader.GetTensor(key);
  EXPECT_EQ(AsText(slice->bytes()), "bbdd");
  EXPECT_EQ(slice->shape, *Shape::Make({2, 1}));
  EXPECT_EQ(reader.GetTensor("text")->strings[1], "yz");
  using Shapes = std::map<std::string, std::vector<int64_t>>;
  EXPECT_EQ(reader.GetVariableToShapeMap(), (Shapes{{"text", {2}}, {"v", {2, 2}}, {"w", {1}}}));
  using DTypes = std::map<std::string, DType>;
  EXPECT_EQ(reader.GetVariableToDTypeMap(),
            (DTypes{{"text", DType::kString}, {"v", DType::kFloat16}, {"w", DType::kFloat32}}));
}

// The wart, too: slices instead of their variable.
TEST_F(CheckpointReaderTest, DebugStringListsTheSlicesOfV2) {
  EXPECT_EQ(OpenBundle(Sliced()).DebugString(), SliceKeyBytes("v", {kAll, {0, 1}}) +
                                                    " (DT_HALF) [2,1]\n" +
                                                    SliceKeyBytes("v", {kAll, {1, 1}}) +
                                                    " (DT_HALF) [2,1]\n"
                                                    "text (DT_STRING) [2]\n"
                                                    "w (DT_FLOAT) [1]\n");
}

TEST_F(CheckpointReaderTest, DebugStringCountsTheSlicesOfV1) {
  V1Bytes bytes;
  bytes.AddWhole("w", DType::kFloat32, {1}, V1Floats({1}))
      .AddSliced("v", DType::kInt8, {2}, {{{{0, 1}}, V1Values({1})}, {{{1, 1}}, V1Values({2})}});
  ASSERT_TRUE(fs_.Put("m", AsBytes(bytes.file())).ok());
  const auto reader = CheckpointReader::Open(fs_, "m");
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  EXPECT_EQ(reader->DebugString(), "v (DT_INT8) [2], 2 slices\nw (DT_FLOAT) [1]\n");
  EXPECT_EQ(AsText(reader->GetTensor("v")->bytes()), "\1\2");
}

TEST_F(CheckpointReaderTest, MissingTensorsAreNotFound) {
  const Status status = OpenBundle(Sliced()).GetTensor("tex").status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.hint(), "did you mean 'text'?");
}

// TensorFlow, too, takes an absent checksum for one that does not match.
TEST_F(CheckpointReaderTest, B11AnEntryWithoutAChecksumIsDamage) {
  BundleBytes bundle = Sliced();
  EntryFields fields = bundle.Append(DType::kInt8, {2}, "ab");
  fields.masked_crc32c.reset();
  const CheckpointReader reader = OpenBundle(bundle.AddEntry("open", fields));
  EXPECT_TRUE(reader.HasTensor("open"));
  EXPECT_EQ(reader.GetTensor("open").status().code(), StatusCode::kDataLoss);
  EXPECT_TRUE(reader.GetTensor("w").ok());
}

// Rows of damage that TensorFlow's reader answers otherwise; each says how.
struct Row {
  const char* what;
  BundleBytes bundle;
  StatusCode opening;  // kOk: it opens
  StatusCode reading;  // of "bad"
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

BundleBytes WithEntry(void (*alter)(EntryFields&)) {
  BundleBytes bundle;
  bundle.Add("good", DType::kInt8, {2}, "ab");
  EntryFields fields = bundle.Append(DType::kInt32, {2}, "12345678");
  alter(fields);
  return bundle.AddEntry("bad", fields);
}

BundleBytes WithSlice(void (*alter)(EntryFields&)) {
  BundleBytes bundle;
  bundle.AddSliced("bad", DType::kInt8, {2, 2}, {{{kAll, {0, 1}}, "ac"}, {{kAll, {1, 1}}, "bd"}});
  EntryFields fields = bundle.Append(DType::kInt8, {2, 1}, "bd");
  alter(fields);
  return bundle.AddEntry(SliceKeyBytes("bad", {kAll, {1, 1}}), fields);
}

class TensorFlowDiffersTest : public testing::TestWithParam<Row> {};

TEST_P(TensorFlowDiffersTest, AnErrorNeverAnAbortOrAWrongValue) {
  MemoryFileSystem fs;
  ASSERT_TRUE(GetParam().bundle.WriteTo(fs, "m").ok());
  const auto reader = CheckpointReader::Open(fs, "m");
  EXPECT_EQ(reader.status().code(), GetParam().opening) << reader.status().message();
  if (!reader.ok()) return;
  EXPECT_NE(reader->DebugString(), "");
  EXPECT_TRUE(reader->HasTensor("bad"));
  EXPECT_EQ(reader->GetVariableToShapeMap().count("bad"), 1u);
  EXPECT_EQ(reader->GetTensor("bad").status().code(), GetParam().reading);
}

constexpr StatusCode kOk = StatusCode::kOk;
constexpr StatusCode kDataLoss = StatusCode::kDataLoss;
const StatusCode kOfDType = CodeOf(Reason::kDType);

INSTANTIATE_TEST_SUITE_P(
    , TensorFlowDiffersTest,
    testing::Values(Row{"negative dimension - aborts",
                        WithEntry([](EntryFields& f) { f.dims = {-1}; }), kDataLoss, kOk},
                    Row{"product over 2^63 - aborts", WithEntry([](EntryFields& f) {
                          f.dims = {int64_t{1} << 32, int64_t{1} << 32};
                        }),
                        CodeOf(Reason::kOverflow), kOk},
                    Row{"255 dimensions - aborts",
                        WithEntry([](EntryFields& f) { f.dims = std::vector<int64_t>(255, 1); }),
                        CodeOf(Reason::kShape), kOk},
                    Row{"entry that does not parse - aborts",
                        BundleBytes().AddMessage("bad", "\x0a\x7f"), kDataLoss, kOk},
                    Row{"dtype 0 - aborts on reading",
                        WithEntry([](EntryFields& f) { f.dtype = 0; }), kOfDType, kOk},
                    Row{"reference dtype - aborts on reading",
                        WithEntry([](EntryFields& f) { f.dtype = 103; }), kOfDType, kOk},
                    Row{"unknown dtype - aborts on reading",
                        WithEntry([](EntryFields& f) { f.dtype = 9999; }), kOfDType, kOk},
                    Row{"slice of another dtype - aborts",
                        WithSlice([](EntryFields& f) { f.dtype = 4; }), kOk, kOfDType},
                    Row{"slice entry with a larger shape - wrong values in silence",
                        WithSlice([](EntryFields& f) {
                          f.dims = {2, 2};
                          f.nbytes = 4;
                          f.offset = 0;
                        }),
                        kOk, CodeOf(Reason::kSlice)},
                    Row{"size unlike shape and dtype",
                        WithEntry([](EntryFields& f) { f.nbytes = 7; }), kOk, kDataLoss},
                    Row{"shard out of range - looks for its file",
                        WithEntry([](EntryFields& f) { f.shard = 7; }), kOk, kDataLoss},
                    Row{"negative shard - looks for its file",
                        WithEntry([](EntryFields& f) { f.shard = -1; }), kOk, kDataLoss},
                    Row{"data past the end", WithEntry([](EntryFields& f) { f.offset = 9; }), kOk,
                        kDataLoss},
                    Row{"wrong checksum", WithEntry([](EntryFields& f) { *f.masked_crc32c ^= 1; }),
                        kOk, kDataLoss},
                    // The same as TensorFlow.
                    Row{"shared bytes are fine", WithEntry([](EntryFields& f) {
                          f.offset = 0;
                          f.nbytes = 2;
                          f.dims = {2};
                          f.dtype = 6;
                          f.masked_crc32c = Sliced().Append(DType::kInt8, {2}, "ab").masked_crc32c;
                        }),
                        kOk, kOk}),
    [](const auto& row) { return RowName(row.param.what); });

// An index of several blocks, one of them damaged: TensorFlow opens it and lists the others.
TEST_F(CheckpointReaderTest, ADamagedBlockDoesNotHideItsTensors) {
  BundleBytes bundle;
  for (int i = 100; i < 140; ++i) bundle.Add("name" + std::to_string(i), DType::kInt8, {1}, "x");
  bundle.entries_per_block = 8;
  ASSERT_TRUE(bundle.WriteTo(fs_, "m").ok());
  std::string index = bundle.index();
  index[index.size() / 2] ^= 1;
  ASSERT_TRUE(fs_.Put("m.index", AsBytes(index)).ok());
  EXPECT_EQ(CheckpointReader::Open(fs_, "m").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace cairn
