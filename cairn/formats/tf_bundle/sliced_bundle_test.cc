// Partitioned variables, big-endian checkpoints and variants: what TensorFlow stores in another
// form than it is asked for, and what it answers with an abort, in silence, or with wrong values.
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/slice_bytes.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

using namespace std::string_literals;

constexpr auto kAll = kWholeSlice;

struct Opened {
  std::unique_ptr<MemoryFileSystem> fs = std::make_unique<MemoryFileSystem>();
  TensorDict dict;
};

Opened OpenBundle(const BundleBytes& bundle) {
  Opened opened;
  EXPECT_TRUE(bundle.WriteTo(*opened.fs, "m").ok());
  auto dict = Open(*opened.fs, "m", {});
  EXPECT_TRUE(dict.ok()) << dict.status().message();
  if (dict.ok()) opened.dict = *std::move(dict);
  return opened;
}

// Saved again, every tensor is whole and the same.
void ExpectSavedWhole(const TensorDict& dict) {
  MemoryFileSystem fs;
  const auto saved = Save(fs, "again", dict, {});
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  const auto again = Open(fs, "again", {});
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_EQ(again->size(), dict.size());
  for (size_t i = 0; i < dict.size(); ++i) {
    EXPECT_TRUE(again->stored_slices(i).empty());
    EXPECT_EQ(*ReadAsText(*again, dict.name(i)), *ReadAsText(dict, dict.name(i))) << dict.name(i);
  }
}

TEST(SlicedBundleTest, EveryArrangementReadsAsOneTensor) {
  BundleBytes bundle(3);
  bundle
      .AddSliced("rows", DType::kFloat32, {3, 1},
                 {{{{1, 2}, kAll}, "bbbbcccc", 2}, {{{0, 1}, kAll}, "aaaa", 0}})
      .AddSliced("columns", DType::kUInt8, {2, 5},
                 {{{kAll, {0, 2}}, "abfg", 0}, {{kAll, {2, 3}}, "cdehij", 1}})
      .AddSliced("policy", DType::kInt8, {4, 3},
                 {{{{0, 1}, {0, 3}}, "abc", 0},
                  {{{1, 3}, {0, 2}}, "deghjk", 1},
                  {{{1, 2}, {2, 1}}, "fi", 2},
                  {{{3, 1}, {2, 1}}, "l", 0}})
      .AddSliced("vector", DType::kBool, {4}, {{{{0, 1}}, "a", 0}, {{{1, 3}}, "bcd", 0}})
      .AddSliced("rank4", DType::kUInt8, {1, 2, 1, 3},
                 {{{kAll, kAll, kAll, {0, 1}}, "ad", 0}, {{kAll, kAll, kAll, {1, 2}}, "bcef", 1}})
      .AddSliced("empty", DType::kFloat64, {0, 2},
                 {{{kAll, {0, 1}}, "", 0}, {{kAll, {1, 1}}, "", 1}})
      .AddSliced("one", DType::kInt16, {2}, {{{{0, 2}}, "abcd", 0}});
  const Opened opened = OpenBundle(bundle);
  const std::pair<const char*, std::string> rows[] = {
      {"rows", "aaaabbbbcccc"}, {"columns", "abcdefghij"}, {"policy", "abcdefghijkl"},
      {"vector", "abcd"},       {"rank4", "abcdef"},       {"empty", ""},
      {"one", "abcd"}};
  ASSERT_EQ(opened.dict.size(), std::size(rows));
  for (const auto& [name, value] : rows) EXPECT_EQ(*ReadAsText(opened.dict, name), value) << name;
  const auto report = Verify(*opened.fs, "m", {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->ok()) << report->findings[0].error.message();
  ExpectSavedWhole(opened.dict);
}

// TensorFlow joins fourteen dtypes and answers "not supported" for the others.
TEST(SlicedBundleTest, EveryDTypeIsJoined) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0 || !IsTensorFlowType(info.dtype)) continue;
    const std::string a(info.nbytes, 'a');
    const std::string b(info.nbytes, 'b');
    BundleBytes bundle;
    bundle.AddSliced("v", info.dtype, {2, 2}, {{{kAll, {0, 1}}, a + b}, {{kAll, {1, 1}}, b + a}});
    EXPECT_EQ(*ReadAsText(OpenBundle(bundle).dict, "v"), a + b + b + a) << info.name;
  }
}

TEST(SlicedBundleTest, StringsAreJoined) {
  BundleBytes bundle(2);
  EntryFields whole;
  whole.dtype = 7;
  whole.dims = {2, 2};
  for (int64_t column = 0; column < 2; ++column) {
    const SliceFields slice = {kAll, {column, 1}};
    const std::string message = SliceMessage(slice);
    whole.more += '\x3a' + std::string(1, static_cast<char>(message.size())) + message;
    bundle.AddStrings(
        SliceKeyBytes("s", slice), {2, 1},
        column == 0 ? std::vector<std::string>{"a", "ccc"} : std::vector<std::string>{"", "d"},
        static_cast<size_t>(column));
  }
  const Opened opened = OpenBundle(bundle.AddEntry("s", whole));
  EXPECT_EQ(*ReadAsText(opened.dict, "s"), "a||ccc|d|");
  EXPECT_GT(opened.dict.info(0).nbytes, 0u);
  ExpectSavedWhole(opened.dict);
}

TEST(SlicedBundleTest, SlicesAreListed) {
  BundleBytes bundle(2);
  bundle.AddSliced("v", DType::kInt8, {3}, {{{{2, 1}}, "c", 1}, {{{0, 2}}, "ab", 0}});
  const Opened opened = OpenBundle(bundle);
  EXPECT_FALSE(opened.dict.stored_at(0));
  const auto slices = opened.dict.stored_slices(0);
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0].box, (Box{{2, 1}}));
  EXPECT_EQ(slices[0].at.path, "m.data-00001-of-00002");
  EXPECT_EQ(slices[1].box, (Box{{0, 2}}));
  EXPECT_EQ(slices[1].at.nbytes, 2u);
}

struct Damage {
  const char* what;
  BundleBytes bundle;  // "bad" is damaged, "good" is "ab"
  Reason reason;
  const char* mention;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.what; }

BundleBytes Base() { return BundleBytes(2).Add("good", DType::kInt8, {2}, "ab"); }

BundleBytes WithSlices(std::vector<int64_t> dims, const std::vector<PieceFields>& pieces) {
  return Base().AddSliced("bad", DType::kInt32, std::move(dims), pieces);
}

// "bad" of shape [2,2] in two columns; the entry of its second piece is what `alter` makes of it.
template <typename Alter>
BundleBytes WithPiece(Alter alter) {
  BundleBytes bundle =
      WithSlices({2, 2}, {{{kAll, {0, 1}}, "aaaacccc"}, {{kAll, {1, 1}}, "bbbbdddd"}});
  EntryFields piece = bundle.Append(DType::kInt32, {2, 1}, "bbbbdddd");
  alter(piece);
  return bundle.AddEntry(SliceKeyBytes("bad", {kAll, {1, 1}}), piece);
}

TEST(SlicedBundleTest, OneSliceWithoutAChecksumLeavesTheVariableUnprotected) {
  const Opened opened =
      OpenBundle(WithPiece([](EntryFields& piece) { piece.masked_crc32c.reset(); }));
  const auto report = Verify(*opened.fs, "m", {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->findings.empty());
  EXPECT_EQ(report->num_unprotected, 1u);
}

BundleBytes WithoutPiece() {
  BundleBytes bundle = WithSlices({2}, {{{{0, 1}}, "aaaa"}, {{{1, 1}}, "bbbb"}});
  bundle.entries.erase(SliceKeyBytes("bad", {{1, 1}}));
  return bundle;
}

BundleBytes WithMessage(const std::string& slice) {
  EntryFields whole;
  whole.dtype = 3;
  whole.dims = {2};
  whole.more = "\x3a" + std::string(1, static_cast<char>(slice.size())) + slice;
  return Base().AddEntry("bad", whole);
}

class DamagedSlicesTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedSlicesTest, AreTheErrorOfTheirTensorAlone) {
  const Opened opened = OpenBundle(GetParam().bundle);
  EXPECT_EQ(*ReadAsText(opened.dict, "good"), "ab");
  const auto i = opened.dict.Find("bad");
  ASSERT_TRUE(i);
  const Status status = ReadAsText(opened.dict, "bad").status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
  EXPECT_NE(status.message().find(GetParam().mention), std::string::npos) << status.message();
  const auto report = Verify(*opened.fs, "m", {});
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].error.tensor(), "bad");
  EXPECT_EQ(report->findings[0].error.reason(), GetParam().reason);
  MemoryFileSystem fs;
  EXPECT_EQ(Save(fs, "again", opened.dict, {}).status().reason(), GetParam().reason);
  EXPECT_TRUE(fs.List(".")->empty());
}

const std::string kMinusOne = std::string(9, '\xff') + "\x01";

INSTANTIATE_TEST_SUITE_P(
    , DamagedSlicesTest,
    testing::Values(
        // TensorFlow: an error on the whole, or wrong values, or an abort.
        Damage{"B15 slices that leave a gap",
               WithSlices({4}, {{{{0, 1}}, "aaaa"}, {{{2, 2}}, "ccccdddd"}}), Reason::kSlice,
               "element [1] lies in none of the slices"},
        Damage{"B15 slices that overlap",
               WithSlices({3}, {{{{0, 2}}, "aaaabbbb"}, {{{1, 2}}, "bbbbcccc"}}), Reason::kSlice,
               "element [1] lies in 2 of the slices"},
        Damage{"B15 one slice twice",
               WithSlices({2}, {{{{0, 1}}, "aaaa"}, {{{0, 1}}, "aaaa"}, {{{1, 1}}, "bbbb"}}),
               Reason::kSlice, "element [0] lies in 2 of the slices"},
        Damage{"B15 a slice without its entry", WithoutPiece(), Reason::kSlice,
               "slice [1:2] has no entry in the index"},
        Damage{"a slice of another dtype", WithPiece([](EntryFields& piece) { piece.dtype = 1; }),
               Reason::kDType, "slice [0:2, 1:2] is of dtype float32"},
        Damage{"a slice entry with a larger shape than its slice",
               WithPiece([](EntryFields& piece) {
                 piece.dims = {2, 2};
                 piece.nbytes = 16;
                 piece.offset = 0;
               }),
               Reason::kSlice, "slice [0:2, 1:2] has the shape [2,2]"},
        Damage{"a slice of a size unlike its shape",
               WithPiece([](EntryFields& piece) { piece.nbytes = 7; }), Reason::kSize,
               "slice [0:2, 1:2]"},
        Damage{"a slice in a shard that is not there",
               WithPiece([](EntryFields& piece) { piece.shard = 2; }), Reason::kBounds,
               "slice [0:2, 1:2]: lies in shard 2"},
        Damage{"a slice with a wrong checksum",
               WithPiece([](EntryFields& piece) { *piece.masked_crc32c ^= 1; }), Reason::kCrc,
               "m.data-00000-of-00002"},
        Damage{"B14 a slice past the shape", WithSlices({2}, {{{{1, 2}}, "aaaabbbb"}}),
               Reason::kSlice, "a slice of 2 from 1 on in dimension 0, which has 2"},
        Damage{"B14 a slice of another rank", WithSlices({2, 1}, {{{{0, 2}}, "aaaabbbb"}}),
               Reason::kSlice, "a slice of 1 dimensions in a tensor of 2"},
        Damage{"B14 a slice that starts at -1",
               WithMessage("\x0a\x0d\x08" + kMinusOne + "\x10\x02"), Reason::kSlice,
               "starts at -1"},
        Damage{"B14 a slice of length 0", WithMessage("\x0a\x02\x10\0"s), Reason::kSlice,
               "the length 0"},
        Damage{"B14 a slice of length -5",
               WithMessage("\x0a\x0b\x10\xfb" + std::string(8, '\xff') + "\x01"), Reason::kSlice,
               "the length -5"},
        Damage{"a slice that is no message", WithMessage("\x0a\x7f"), Reason::kProto,
               "TensorSliceProto"}),
    [](const auto& row) { return RowName(row.param.what); });

// "good" refers to itself under its own key: it is not a slice of anything.
TEST(SlicedBundleTest, B15AnEntryThatRefersToItself) {
  BundleBytes bundle;
  EntryFields whole;
  whole.dims = {1};
  whole.more = "\x3a\x02\x0a\0"s;
  bundle.AddEntry(SliceKeyBytes("v", {kAll}), whole);
  const Opened opened = OpenBundle(bundle);
  ASSERT_EQ(opened.dict.size(), 1u);
  EXPECT_EQ(opened.dict.source(0).status().reason(), Reason::kSlice);
}

std::string Turned(std::string_view bytes, size_t unit) {
  std::string turned(bytes);
  for (size_t i = 0; i < turned.size(); i += unit)
    std::reverse(turned.begin() + i, turned.begin() + i + unit);
  return turned;
}

TEST(BigEndianBundleTest, B3GivesTheNumbersOfThisMachine) {
  BundleBytes bundle;
  bundle.header = "\x08\x01\x10\x01\x1a\x02\x08\x01";
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0 || !IsTensorFlowType(info.dtype)) continue;
    const std::string value =
        std::string("0123456789abcdef0123456789abcdef").substr(0, 2 * info.nbytes);
    bundle.Add(std::string(info.name), info.dtype, {2}, Turned(value, info.swap_nbytes));
  }
  bundle.AddSliced(
      "sliced", DType::kInt32, {2, 2},
      {{{kAll, {0, 1}}, Turned("aAaAcCcC", 4)}, {{kAll, {1, 1}}, Turned("bBbBdDdD", 4)}});
  const Opened opened = OpenBundle(bundle);
  for (size_t i = 0; i < opened.dict.size(); ++i) {
    const std::string name(opened.dict.name(i));
    const std::string value =
        name == "sliced"
            ? "aAaAbBbBcCcCdDdD"
            : std::string("0123456789abcdef0123456789abcdef").substr(0, opened.dict.info(i).nbytes);
    EXPECT_EQ(*ReadAsText(opened.dict, name), value) << name;
  }
  EXPECT_TRUE(Verify(*opened.fs, "m", {})->ok());
  ExpectSavedWhole(opened.dict);
}

TEST(BigEndianBundleTest, StringsHaveTheirLengthsTurned) {
  // Two strings of 3 and 0 bytes: the checksum of the lengths is over big-endian numbers, and is
  // stored big-endian itself.
  const std::string lengths("\0\0\0\3\0\0\0\0", 8);
  const uint32_t lengths_crc = Crc32c(AsBytes(lengths));
  std::string stored(4, '\0');
  const uint32_t masked = __builtin_bswap32(MaskCrc32c(lengths_crc));
  std::memcpy(stored.data(), &masked, 4);
  const std::string rest = stored + "abc";
  BundleBytes bundle;
  bundle.header = "\x08\x01\x10\x01\x1a\x02\x08\x01";
  EntryFields fields = bundle.Append(DType::kString, {2}, "\x03\0"s + rest);
  fields.masked_crc32c = MaskCrc32c(ExtendCrc32c(lengths_crc, AsBytes(rest)));
  const Opened opened = OpenBundle(bundle.AddEntry("s", fields));
  EXPECT_EQ(*ReadAsText(opened.dict, "s"), "abc||");
  ExpectSavedWhole(opened.dict);
}

TEST(BigEndianBundleTest, VariantsAreRefused) {
  BundleBytes bundle;
  bundle.header = "\x08\x01\x10\x01\x1a\x02\x08\x01";
  const Opened opened = OpenBundle(bundle.AddVariants("v", {1}, {"message"}));
  EXPECT_EQ(opened.dict.source(0).status().reason(), Reason::kUnsupported);
}

TEST(VariantBundleTest, MessagesAreCarriedAsTheyAre) {
  BundleBytes bundle;
  bundle.AddVariants("list", {3}, {"one", "", std::string(300, 'x')}).AddVariants("none", {0}, {});
  const Opened opened = OpenBundle(bundle);
  EXPECT_EQ(*ReadAsText(opened.dict, "list"), "one||" + std::string(300, 'x') + "|");
  EXPECT_EQ(*ReadAsText(opened.dict, "none"), "");
  EXPECT_TRUE(Verify(*opened.fs, "m", {})->ok());
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "again", opened.dict, {}).ok());
  const auto again = *fs.OpenForReading("again.data-00000-of-00001", Access::kMap);
  EXPECT_EQ(AsText(again->mapped()), bundle.shards[0]);
}

TEST(VariantBundleTest, DamageIsTold) {
  const auto damaged = [](auto alter) {
    BundleBytes bundle;
    bundle.AddVariants("list", {2}, {"one", "two"});
    alter(bundle);
    return ReadAsText(OpenBundle(bundle).dict, "list").status().reason();
  };
  const std::string payload = BundleBytes().AddVariants("list", {2}, {"one", "two"}).shards[0];
  for (size_t at = 0; at < payload.size(); ++at) {
    const Reason reason = damaged([&](BundleBytes& bundle) { bundle.shards[0][at] ^= 1; });
    EXPECT_TRUE(reason == Reason::kCrc || reason == Reason::kBounds) << at;
  }
  const auto with = [](int64_t dim, int64_t nbytes) {
    return [=](BundleBytes& bundle) {
      EntryFields fields = bundle.Append(DType::kVariant, {dim}, "");
      fields.offset = 0;
      fields.nbytes = nbytes;
      bundle.AddEntry("list", fields);
    };
  };
  const auto whole = static_cast<int64_t>(payload.size());
  EXPECT_EQ(damaged(with(2, whole)), Reason::kCrc);  // the checksum of nothing
  EXPECT_EQ(damaged(with(3, whole)), Reason::kBounds);
  EXPECT_EQ(damaged(with(1, whole)), Reason::kSize);
  EXPECT_EQ(damaged(with(int64_t{1} << 40, whole)), Reason::kBounds);
  EXPECT_EQ(damaged(with(2, whole - 1)), Reason::kBounds);
}

}  // namespace
}  // namespace cairn::tf_bundle
