// Every way a bundle can be wrong, and the answer to each. The ids are those of the list of hostile
// input: B1 to B13 and B17 to B18. What an entry says of itself must hold, or nothing is opened;
// what is wrong with where its bytes lie is its own error, and the other tensors stay readable.
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

using namespace std::string_literals;

const std::string kNumbers = RawBytes<int32_t>({1, 2, 3});

// Two shards; "good" lies in the first, "text" in the second.
BundleBytes Sound() {
  BundleBytes bundle(2);
  bundle.Add("good", DType::kInt32, {3}, kNumbers, 0).AddStrings("text", {2}, {"hi", ""}, 1);
  return bundle;
}

// Sound() and a tensor "bad" of six floats, whose entry is then changed.
template <typename Change>
BundleBytes WithBadEntry(Change change) {
  BundleBytes bundle = Sound();
  EntryFields fields =
      bundle.Append(DType::kFloat32, {2, 3}, RawBytes<float>({1, 2, 3, 4, 5, 6}), 0);
  change(fields);
  bundle.AddEntry("bad", fields);
  return bundle;
}

BundleBytes WithBadMessage(std::string message) {
  BundleBytes bundle = Sound();
  bundle.AddMessage("bad", std::move(message));
  return bundle;
}

BundleBytes WithHeader(std::string header) {
  BundleBytes bundle = Sound();
  bundle.header = std::move(header);
  return bundle;
}

// Adds a string tensor with this payload and the right checksum of it.
BundleBytes WithBadStrings(std::vector<int64_t> dims, std::string_view payload) {
  BundleBytes bundle = Sound();
  bundle.AddEntry("bad", bundle.Append(DType::kString, std::move(dims), payload, 1));
  return bundle;
}

Result<TensorDict> OpenBundle(const BundleBytes& bundle, Access access = Access::kMap) {
  MemoryFileSystem fs;
  CAIRN_RETURN_IF_ERROR(bundle.WriteTo(fs, "m"));
  OpenOptions options;
  options.access = access;
  return Open(fs, "m", options);
}

Result<VerifyReport> VerifyBundle(const BundleBytes& bundle, Access access = Access::kMap) {
  MemoryFileSystem fs;
  CAIRN_RETURN_IF_ERROR(bundle.WriteTo(fs, "m"));
  VerifyOptions options;
  options.access = access;
  options.transfer.threads = 1;
  return Verify(fs, "m", options);
}

void ExpectError(const Status& status, Reason reason, const std::vector<const char*>& mentions) {
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(reason)) << status.message();
  for (const char* text : mentions) {
    EXPECT_NE(status.message().find(text), std::string::npos)
        << "no \"" << text << "\" in: " << status.message();
  }
}

struct Damage {
  const char* what;
  BundleBytes bundle;
  Reason reason;
  std::vector<const char*> mentions = {};
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.what; }

constexpr auto kName = [](const auto& row) { return RowName(row.param.what); };

class RefusedBundleTest : public testing::TestWithParam<Damage> {};

TEST_P(RefusedBundleTest, IsNotOpened) {
  for (Access access : {Access::kMap, Access::kRead}) {
    const Status status = OpenBundle(GetParam().bundle, access).status();
    ExpectError(status, GetParam().reason, GetParam().mentions);
    EXPECT_TRUE(status.message().starts_with("m.index: ")) << status.message();
  }
}

BundleBytes WithoutHeader() {
  BundleBytes bundle = Sound();
  const auto first = bundle.entries.extract("good");
  bundle.header = first.mapped();  // an entry under the empty key
  return bundle;
}

INSTANTIATE_TEST_SUITE_P(
    Header, RefusedBundleTest,
    testing::Values(
        Damage{"B1 header that is an entry", WithoutHeader(), Reason::kFormat, {"header entry"}},
        Damage{"B1 empty header", WithHeader(""), Reason::kLimit, {"header entry", "0 data files"}},
        Damage{"B1 header that is text",
               WithHeader("not a message"),
               Reason::kFormat,
               {"header entry", "BundleHeaderProto"}},
        Damage{
            "B1 header cut", WithHeader("\x08\x02\x1a\x02\x08"), Reason::kFormat, {"header entry"}},
        Damage{"B2 num_shards 0",
               WithHeader(HeaderMessage(0)),
               Reason::kLimit,
               {"header entry", "0 data files"}},
        Damage{"B2 num_shards -1",
               WithHeader(HeaderMessage(-1)),
               Reason::kLimit,
               {"header entry", "-1 data files"}},
        Damage{"B2 num_shards 2^31 - 1",
               WithHeader(HeaderMessage(INT32_MAX)),
               Reason::kLimit,
               {"header entry", "2147483647"}},
        Damage{"B2 num_shards 100000",
               WithHeader(HeaderMessage(100'000)),
               Reason::kLimit,
               {"header entry", "100000"}},
        Damage{"B3 endianness 7",
               WithHeader("\x08\x02\x10\x07"),
               Reason::kUnsupported,
               {"header entry", "endianness 7"}},
        Damage{"B4 min_consumer 2",
               WithHeader("\x08\x02\x1a\x02\x10\x02"),
               Reason::kVersion,
               {"header entry", "version 2"}},
        Damage{"B4 bad_consumers lists us",
               WithHeader("\x08\x02\x1a\x02\x18\x01"),
               Reason::kVersion,
               {"header entry", "version 1"}}),
    kName);

template <typename... Dims>
BundleBytes WithDims(Dims... dims) {
  return WithBadEntry([&](EntryFields& fields) { fields.dims = {dims...}; });
}
BundleBytes WithDType(uint64_t dtype) {
  return WithBadEntry([&](EntryFields& fields) { fields.dtype = dtype; });
}

INSTANTIATE_TEST_SUITE_P(
    Entry, RefusedBundleTest,
    testing::Values(
        Damage{"B5 dtype 0", WithDType(0), Reason::kDType, {"tensor 'bad'", "dtype 0"}},
        Damage{"B5 dtype 101", WithDType(101), Reason::kDType, {"tensor 'bad'", "dtype 101"}},
        Damage{"B5 dtype 9999", WithDType(9999), Reason::kDType, {"tensor 'bad'", "dtype 9999"}},
        Damage{"B6 dimension -1", WithDims(-1), Reason::kShape, {"tensor 'bad'", "-1"}},
        Damage{"B6 dimension -2^63", WithDims(INT64_MIN), Reason::kShape, {"tensor 'bad'"}},
        Damage{"B6 unknown rank",
               WithBadMessage("\x08\x01\x12\x02\x18\x01"),
               Reason::kShape,
               {"tensor 'bad'", "unknown"}},
        Damage{"B6 300 dimensions",
               WithBadEntry([](EntryFields& fields) { fields.dims.assign(300, 1); }),
               Reason::kShape,
               {"tensor 'bad'", "254"}},
        Damage{"B6 product 2^64 + 4",
               WithDims(4294967296, 4294967297),
               Reason::kOverflow,
               {"tensor 'bad'", "2^63"}},
        Damage{"B17 wrong wire type",
               WithBadMessage("\x08\x01\x20\x05\x2a\x01x"),
               Reason::kProto,
               {"tensor 'bad'", "field 5"}},
        Damage{"B17 groups 100 deep",
               WithBadMessage("\x08\x01" + std::string(100, '\x43')),
               Reason::kProto,
               {"tensor 'bad'"}},
        Damage{"B17 trailing garbage",
               WithBadMessage("\x08\x01\xff\xff\xff"),
               Reason::kProto,
               {"tensor 'bad'"}},
        Damage{"B17 no message at all", WithBadMessage("\xff"), Reason::kProto, {"tensor 'bad'"}},
        Damage{"B18 a name of 1 MiB",
               Sound().Add(std::string(1 << 20, 'n'), DType::kInt8, {}, "1"),
               Reason::kLimit,
               {"a name of 1048576 bytes, at most 65536"}},
        Damage{"B18 a name of 64 KiB and a byte",
               Sound().Add(std::string(65'537, 'n'), DType::kInt8, {}, "1"),
               Reason::kLimit,
               {"a name of 65537 bytes"}}),
    kName);

TEST_P(RefusedBundleTest, IsTheOneFindingOrTheErrorOfVerify) {
  const Result<VerifyReport> report = VerifyBundle(GetParam().bundle);
  if (CodeOf(GetParam().reason) != StatusCode::kDataLoss) {
    ExpectError(report.status(), GetParam().reason, GetParam().mentions);
    return;
  }
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_EQ(report->findings.size(), 1u);
  const Finding& finding = report->findings[0];
  EXPECT_EQ(finding.error.path(), "m.index");
  ExpectError(finding.error, GetParam().reason, GetParam().mentions);
}

class DamagedTensorTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedTensorTest, IsItsOwnErrorAndNobodyElses) {
  for (Access access : {Access::kMap, Access::kRead}) {
    const Result<TensorDict> dict = OpenBundle(GetParam().bundle, access);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), 3u);
    (void)dict->Info("bad");
    (void)dict->stored_at(*dict->Find("bad"));
    const AllocationMeter meter;
    const Status status = ReadAsText(*dict, "bad").status();
    EXPECT_LT(meter.peak_nbytes(), 64u << 10);
    ExpectError(status, GetParam().reason, GetParam().mentions);
    EXPECT_EQ(*ReadAsText(*dict, "good"), kNumbers);
    EXPECT_EQ(*ReadAsText(*dict, "text"), "hi||");
  }
}

TEST_P(DamagedTensorTest, IsTheOneFindingOfVerify) {
  for (Access access : {Access::kMap, Access::kRead}) {
    const Result<VerifyReport> report = VerifyBundle(GetParam().bundle, access);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->num_tensors, 3u);
    ASSERT_EQ(report->findings.size(), 1u);
    const Finding& finding = report->findings[0];
    EXPECT_EQ(finding.error.tensor(), "bad");
    ExpectError(finding.error, GetParam().reason, GetParam().mentions);
  }
}

template <typename T>
BundleBytes WithField(T EntryFields::* field, T value) {
  return WithBadEntry([&](EntryFields& fields) { fields.*field = value; });
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedTensorTest,
    testing::Values(
        Damage{"B5 numbers that are called variants",
               WithDType(21),
               Reason::kBounds,
               {"6 variants cannot lie in 24 bytes"}},
        Damage{"B5 a resource is listed and not decoded",
               WithDType(20),
               Reason::kUnsupported,
               {"tensor 'bad'", "resource"}},
        Damage{"B7 size a byte less than the shape needs",
               WithField(&EntryFields::nbytes, int64_t{23}),
               Reason::kSize,
               {"tensor 'bad'", "float32[2,3]", "24 bytes, 23"}},
        Damage{"B7 size a byte more",
               WithField(&EntryFields::nbytes, int64_t{25}),
               Reason::kSize,
               {"tensor 'bad'", "24 bytes, 25"}},
        Damage{"B7 size of another dtype",
               WithDType(2),
               Reason::kSize,
               {"tensor 'bad'", "float64[2,3]", "48 bytes, 24"}},
        Damage{"B7 size 0",
               WithField(&EntryFields::nbytes, int64_t{0}),
               Reason::kSize,
               {"tensor 'bad'", "24 bytes, 0"}},
        Damage{"B7 size -1",
               WithField(&EntryFields::nbytes, int64_t{-1}),
               Reason::kSize,
               {"tensor 'bad'", "-1"}},
        Damage{"B7 size 2^63 - 1",
               WithField(&EntryFields::nbytes, INT64_MAX),
               Reason::kSize,
               {"tensor 'bad'", "9223372036854775807"}},
        Damage{"B7 a shape of 2^60 elements",
               WithDims(int64_t{1} << 60),
               Reason::kSize,
               {"tensor 'bad'", "24 are stored"}},
        Damage{"B7 strings of size -1",
               WithBadEntry([](EntryFields& fields) {
                 fields.dtype = 7;
                 fields.nbytes = -1;
               }),
               Reason::kSize,
               {"tensor 'bad'", "-1"}},
        Damage{"B8 offset -1",
               WithField(&EntryFields::offset, int64_t{-1}),
               Reason::kBounds,
               {"tensor 'bad'", "offset -1"}},
        Damage{"B8 offset -2^63",
               WithField(&EntryFields::offset, INT64_MIN),
               Reason::kBounds,
               {"tensor 'bad'"}},
        Damage{"B8 a byte past the shard",
               WithField(&EntryFields::offset, int64_t{13}),
               Reason::kBounds,
               {"tensor 'bad'", "m.data-00000-of-00002", "offset 13: 24 bytes", "has 36"}},
        Damage{"B8 offset past the shard",
               WithField(&EntryFields::offset, int64_t{1000}),
               Reason::kBounds,
               {"tensor 'bad'", "m.data-00000-of-00002", "offset 1000"}},
        Damage{"B8 offset 2^63 - 1, whose end wraps",
               WithField(&EntryFields::offset, INT64_MAX),
               Reason::kBounds,
               {"tensor 'bad'", "m.data-00000-of-00002"}},
        Damage{"B9 shard -1",
               WithField(&EntryFields::shard, int64_t{-1}),
               Reason::kBounds,
               {"tensor 'bad'", "shard -1", "0 to 1"}},
        Damage{"B9 shard num_shards",
               WithField(&EntryFields::shard, int64_t{2}),
               Reason::kBounds,
               {"tensor 'bad'", "shard 2", "0 to 1"}},
        Damage{"B9 shard 2^31 - 1",
               WithField(&EntryFields::shard, int64_t{INT32_MAX}),
               Reason::kBounds,
               {"tensor 'bad'", "shard 2147483647"}},
        Damage{"B11 checksum wrong",
               WithBadEntry([](EntryFields& fields) { *fields.masked_crc32c ^= 1; }),
               Reason::kCrc,
               {"m.data-00000-of-00002", "offset 12: checksum of 24 bytes is 0x", "expected 0x"}},
        Damage{"B11 checksum not masked",
               WithBadEntry([](EntryFields& fields) {
                 fields.masked_crc32c = UnmaskCrc32c(*fields.masked_crc32c);
               }),
               Reason::kCrc,
               {"m.data-00000-of-00002"}},
        Damage{"B12 2^40 strings in 10 bytes",
               WithBadStrings({int64_t{1} << 40}, "\x05\xd9\xc6\x9c\x43hello"),
               Reason::kBounds,
               {"m.data-00001-of-00002", "1099511627776 strings cannot lie in 10 bytes"}},
        Damage{"B12 2^62 strings in no bytes",
               WithBadStrings({int64_t{1} << 62}, ""),
               Reason::kBounds,
               {"m.data-00001-of-00002"}},
        Damage{"B13 length 2^63",
               WithBadStrings({1}, std::string(9, '\x80') + "\x01" + "abcd"),
               Reason::kBounds,
               {"m.data-00001-of-00002", "offset 8", "string 0"}},
        Damage{"B13 lengths above the size",
               WithBadStrings({2},
                              "\x02\x7f"
                              "abcdxx"),
               Reason::kBounds,
               {"m.data-00001-of-00002", "string 1"}},
        Damage{"B13 checksum of the lengths wrong",
               WithBadStrings({1}, "\x05\xd9\xc6\x9c\x44hello"),
               Reason::kCrc,
               {"m.data-00001-of-00002", "lengths of the strings"}},
        Damage{"B13 checksum of all wrong",
               WithBadStrings({1}, "\x05\xd9\xc6\x9c\x43hello"),
               Reason::kCrc,
               {"m.data-00001-of-00002", "strings: checksum"}}),
    kName);

TEST(DamagedBundleTest, B1NoHeader) {
  MemoryFileSystem fs;
  const BundleBytes bundle = Sound();
  TableEntries entries(bundle.entries.begin(), bundle.entries.end());
  for (const TableEntries& without : {entries, TableEntries()}) {
    ASSERT_TRUE(fs.Put("m.index", AsBytes(MakeTable(without))).ok());
    const Status status = Open(fs, "m", {}).status();
    ExpectError(status, Reason::kFormat, {"m.index: no header entry"});
    EXPECT_NE(status.hint(), "");
  }
}

TEST(DamagedBundleTest, B9NothingIsToldOfWhereAnImpossibleEntryLies) {
  for (const BundleBytes& bundle :
       {WithField(&EntryFields::shard, int64_t{-1}), WithField(&EntryFields::shard, int64_t{2}),
        WithField(&EntryFields::offset, int64_t{-1}),
        WithField(&EntryFields::nbytes, int64_t{-1})}) {
    const Result<TensorDict> dict = OpenBundle(bundle);
    ASSERT_TRUE(dict.ok());
    EXPECT_FALSE(dict->stored_at(*dict->Find("bad")));
    EXPECT_TRUE(dict->stored_at(*dict->Find("good")));
  }
}

TEST(DamagedBundleTest, B7StringsOfANegativeSizeAreListedWithNone) {
  const Result<TensorDict> dict = OpenBundle(WithBadEntry([](EntryFields& fields) {
    fields.dtype = 7;
    fields.nbytes = -1;
  }));
  ASSERT_TRUE(dict.ok());
  EXPECT_EQ(dict->Info("bad")->nbytes, 0u);
}

TEST(DamagedBundleTest, AMissingShardIsTheErrorOfItsTensors) {
  MemoryFileSystem fs;
  ASSERT_TRUE(Sound().WriteTo(fs, "m").ok());
  ASSERT_TRUE(fs.Remove("m.data-00001-of-00002").ok());
  const Result<TensorDict> dict = Open(fs, "m", {});
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  EXPECT_EQ(*ReadAsText(*dict, "good"), kNumbers);
  ExpectError(ReadAsText(*dict, "text").status(), Reason::kMissing,
              {"tensor 'text'", "m.data-00001-of-00002"});
}

TEST(DamagedBundleTest, AnEmptyDataFileIsTheErrorOfEveryTensor) {
  BundleBytes bundle = Sound();
  for (std::string& shard : bundle.shards) shard.clear();
  const Result<TensorDict> dict = OpenBundle(bundle);
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  ExpectError(ReadAsText(*dict, "good").status(), Reason::kBounds,
              {"tensor 'good'", "m.data-00000-of-00002", "has 0"});
  ExpectError(ReadAsText(*dict, "text").status(), Reason::kBounds,
              {"tensor 'text'", "m.data-00001-of-00002"});
}

// An oddity does no harm, since the values are right. Only a strict verification reports it.
struct Oddity {
  const char* what;
  BundleBytes bundle;
  std::map<std::string, std::string> values;
};

void PrintTo(const Oddity& oddity, std::ostream* out) { *out << oddity.what; }

class OddBundleTest : public testing::TestWithParam<Oddity> {};

TEST_P(OddBundleTest, IsReadRightly) {
  for (Access access : {Access::kMap, Access::kRead}) {
    const Result<TensorDict> dict = OpenBundle(GetParam().bundle, access);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    EXPECT_EQ(dict->size(), GetParam().values.size());
    for (const auto& [name, value] : GetParam().values) {
      const Result<std::string> read = ReadAsText(*dict, name);
      ASSERT_TRUE(read.ok()) << read.status().message();
      EXPECT_EQ(*read, value) << name;
    }
  }
}

TEST_P(OddBundleTest, IsSoundToVerify) {
  const Result<VerifyReport> report = VerifyBundle(GetParam().bundle);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->num_tensors, GetParam().values.size());
  for (const Finding& finding : report->findings) ADD_FAILURE() << finding.error.message();
}

BundleBytes Overlapping() {
  BundleBytes bundle;
  EntryFields fields = bundle.Append(DType::kUInt8, {4}, "abcd");
  bundle.AddEntry("all", fields).AddEntry("twin", fields);
  fields.dims = {2};
  fields.nbytes = 2;
  fields.offset = 1;
  fields.masked_crc32c = MaskCrc32c(Crc32c(AsBytes("bc")));
  bundle.AddEntry("middle", fields);
  return bundle;
}

BundleBytes WithGaps() {
  BundleBytes bundle;
  bundle.shards[0] = std::string(100, 'x');
  bundle.Add("a", DType::kUInt8, {1}, "1");
  bundle.shards[0] += std::string(1000, 'y');
  bundle.Add("b", DType::kUInt8, {1}, "2");
  bundle.shards[0] += "z";
  return bundle;
}

BundleBytes Empties() {
  BundleBytes bundle;
  bundle.Add("numbers", DType::kFloat64, {3, 0}, "").AddStrings("strings", {0}, {});
  EntryFields none;
  none.dtype = 7;
  none.dims = {0};
  return bundle.AddEntry("strings of size 0", none);
}

std::map<std::string, std::string> SoundValues() { return {{"good", kNumbers}, {"text", "hi||"}}; }

std::map<std::string, std::string> WithBad(std::string value) {
  auto values = SoundValues();
  values["bad"] = std::move(value);
  return values;
}

const std::string kFloats = RawBytes<float>({1, 2, 3, 4, 5, 6});

INSTANTIATE_TEST_SUITE_P(
    , OddBundleTest,
    testing::Values(Oddity{"sound", Sound(), SoundValues()},
                    Oddity{"B4 a later producer that lets us read",
                           WithHeader("\x08\x02\x1a\x04\x08\x63\x10\x01"), SoundValues()},
                    Oddity{"B10 tensors that overlap, for strict to mind",
                           Overlapping(),
                           {{"all", "abcd"}, {"twin", "abcd"}, {"middle", "bc"}}},
                    Oddity{"B10 gaps, for strict to mind", WithGaps(), {{"a", "1"}, {"b", "2"}}},
                    Oddity{"B11 no checksum is no error",
                           WithBadEntry([](EntryFields& fields) { fields.masked_crc32c.reset(); }),
                           WithBad(kFloats)},
                    Oddity{"B17 unknown fields",
                           WithField(&EntryFields::more, "\x40\x05\x52\x02hi"s), WithBad(kFloats)},
                    Oddity{"B17 fields in another order", WithBadEntry([](EntryFields& fields) {
                             fields.more = "\x08\x01";
                             fields.dtype = 0;
                           }),
                           WithBad(kFloats)},
                    Oddity{"no elements",
                           Empties(),
                           {{"numbers", ""}, {"strings", ""}, {"strings of size 0", ""}}},
                    Oddity{"no tensors", BundleBytes(), {}},
                    Oddity{"B18 names of any bytes",
                           BundleBytes()
                               .Add("a\0b"s, DType::kUInt8, {}, "1")
                               .Add("/", DType::kUInt8, {}, "2")
                               .Add("../up", DType::kUInt8, {}, "3")
                               .Add("\xff\xfe not UTF-8", DType::kUInt8, {}, "4")
                               .Add("\u202egnp.exe", DType::kUInt8, {}, "5")
                               .Add("\0w"s, DType::kUInt8, {}, "6")
                               .Add(std::string(65'536, 'n'), DType::kUInt8, {}, "7"),
                           {{"a\0b"s, "1"},
                            {"/", "2"},
                            {"../up", "3"},
                            {"\xff\xfe not UTF-8", "4"},
                            {"\u202egnp.exe", "5"},
                            {"\0w"s, "6"},
                            {std::string(65'536, 'n'), "7"}}}),
    kName);

TEST(DamagedBundleTest, B18NamesAreEscapedInMessages) {
  BundleBytes bundle = Sound();
  bundle.AddMessage("a\n\u202e\xff\0"s, "\xff");
  ExpectError(OpenBundle(bundle).status(), Reason::kProto,
              {"tensor 'a\\n\\xe2\\x80\\xae\\xff\\x00'"});
}

TEST(DamagedBundleTest, B11TellsWhatIsUnprotected) {
  const BundleBytes bundle =
      WithBadEntry([](EntryFields& fields) { fields.masked_crc32c.reset(); });
  const auto dict = OpenBundle(bundle);
  ASSERT_TRUE(dict.ok());
  EXPECT_FALSE((*dict->Get("bad"))->extent()->checksum);
  EXPECT_TRUE((*dict->Get("good"))->extent()->checksum);
  EXPECT_EQ(VerifyBundle(bundle)->num_unprotected, 1u);
}

}  // namespace
}  // namespace cairn::tf_bundle
