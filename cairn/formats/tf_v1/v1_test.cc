#include <gtest/gtest.h>

#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/proto_bytes.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/v1_bytes.h"
#include "cairn/testing/values.h"

namespace cairn::tf_v1 {
namespace {

using namespace std::string_literals;

constexpr std::pair<int64_t, int64_t> kAll{0, -1};
const std::string kPattern = "m-\?\?\?\?\?-of-00002";

template <typename T>
std::string Raw(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

V1Bytes Sound() {
  V1Bytes bytes;
  bytes.AddWhole("float", DType::kFloat32, {2}, V1Floats({1, -2}))
      .AddWhole("int8", DType::kInt8, {2, 2}, V1Values({1, -2, 3, -4}))
      .AddWhole("scalar", DType::kInt32, {}, V1Values({7}))
      .AddWhole("empty", DType::kFloat64, {0, 3}, "")
      .AddWhole("strings", DType::kString, {2}, "\x42\x01"s + "a" + "\x42\x02" + "bc")
      .AddSliced("columns", DType::kInt16, {2, 3},
                 {{{kAll, {0, 1}}, V1Values({1, 4})}, {{kAll, {1, 2}}, V1Values({2, 3, 5, 6})}});
  return bytes;
}

const std::map<std::string, std::string> kValues = {
    {"float", Raw<float>({1, -2})}, {"int8", Raw<int8_t>({1, -2, 3, -4})},
    {"scalar", Raw<int32_t>({7})},  {"empty", ""},
    {"strings", "a|bc|"},           {"columns", Raw<int16_t>({1, 2, 3, 4, 5, 6})}};

class V1Test : public testing::TestWithParam<Access> {
 protected:
  void Put(const std::string& path, const V1Bytes& bytes) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(bytes.file())).ok());
  }
  Result<TensorDict> OpenAt(const std::string& path) { return Open(fs_, path, {GetParam(), {}}); }
  Result<VerifyReport> VerifyAt(const std::string& path) {
    VerifyOptions options;
    options.access = GetParam();
    return Verify(fs_, path, options);
  }

  MemoryFileSystem fs_;
};

INSTANTIATE_TEST_SUITE_P(, V1Test, testing::Values(Access::kMap, Access::kRead),
                         [](const auto& access) {
                           return access.param == Access::kMap ? "Mapped" : "Read";
                         });

TEST_P(V1Test, EveryTensorIsRead) {
  for (const size_t entries_per_block : {1, 2, 1000}) {
    V1Bytes bytes = Sound();
    bytes.entries_per_block = entries_per_block;
    Put("m", bytes);
    EXPECT_TRUE(*Recognise(fs_, "m"));
    const auto dict = OpenAt("m");
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), kValues.size());
    for (const auto& [name, value] : kValues) EXPECT_EQ(*ReadAsText(*dict, name), value) << name;
    const auto report = VerifyAt("m");
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->ok()) << report->findings[0].error.message();
    EXPECT_EQ(report->num_tensors, kValues.size());
    EXPECT_EQ(report->num_unprotected, 0u);
  }
}

TEST_P(V1Test, SlicesMayLieInSeveralFiles) {
  V1Bytes first;
  first.AddSliced("v", DType::kInt8, {3, 1}, {{{{2, 1}, kAll}, V1Values({3})}})
      .AddWhole("a", DType::kInt8, {}, V1Values({9}));
  V1Bytes second;
  second.AddSliced("v", DType::kInt8, {3, 1}, {{{{0, 2}, kAll}, V1Values({1, 2})}});
  Put("m-00000-of-00002", first);
  Put("m-00001-of-00002", second);
  for (const std::string& path : {kPattern, "m-00000-of-00002"s, "m-00001-of-00002"s}) {
    EXPECT_TRUE(*Recognise(fs_, path)) << path;
    const auto dict = OpenAt(path);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ASSERT_EQ(dict->size(), 2u);
    EXPECT_EQ(*ReadAsText(*dict, "v"), "\1\2\3");
    EXPECT_EQ(*ReadAsText(*dict, "a"), "\x09");
    const auto slices = dict->stored_slices(1);
    ASSERT_EQ(slices.size(), 2u);
    EXPECT_EQ(slices[0].box, (Box{{2, 1}, {0, 1}}));
    EXPECT_EQ(slices[0].at.path, "m-00000-of-00002");
    EXPECT_EQ(slices[1].at.path, "m-00001-of-00002");
    EXPECT_TRUE(VerifyAt(path)->ok());
  }
}

TEST_P(V1Test, C5ShardsThatAreMissingOrTooMany) {
  Put("m-00000-of-00002", Sound());
  const Status missing = OpenAt(kPattern).status();
  EXPECT_EQ(missing.reason(), Reason::kMissing);
  EXPECT_EQ(missing.message(), "m-00001-of-00002: this shard of 2 is not there");
  const auto incomplete = VerifyAt(kPattern);
  ASSERT_TRUE(incomplete.ok());
  ASSERT_EQ(incomplete->findings.size(), 1u);
  EXPECT_EQ(incomplete->findings[0].error.reason(), Reason::kMissing);
  Put("m-00001-of-00002", V1Bytes());
  EXPECT_TRUE(VerifyAt(kPattern)->ok());
  Put("m-00002-of-00002", V1Bytes());
  Put("m-00000-of-00003", V1Bytes());
  const auto extra = VerifyAt(kPattern);
  ASSERT_TRUE(extra.ok());
  ASSERT_EQ(extra->findings.size(), 2u);
  EXPECT_EQ(extra->findings[0].error.path(), "./m-00000-of-00003");
  EXPECT_EQ(extra->findings[1].error.path(), "./m-00002-of-00002");
}

TEST_P(V1Test, FilesThatDisagree) {
  V1Bytes other;
  other.AddWhole("scalar", DType::kInt64, {}, "\x50\x07");
  Put("m-00000-of-00002", Sound());
  Put("m-00001-of-00002", other);
  const Status status = OpenAt(kPattern).status();
  EXPECT_EQ(status.reason(), Reason::kDType);
  EXPECT_NE(status.message().find("'scalar': is int32[] in one place and int64[]"),
            std::string::npos)
      << status.message();
}

TEST_P(V1Test, IsNotWritten) {
  EXPECT_EQ(Save(fs_, "m", TensorDict(), {}).status().reason(), Reason::kUnsupported);
}

TEST_P(V1Test, OtherFilesAreNotRecognised) {
  ASSERT_TRUE(fs_.Put("index", AsBytes(MakeTable({{"", "\x08\x01\x1a\x02\x08\x01"}}))).ok());
  ASSERT_TRUE(fs_.Put("text", AsBytes("text")).ok());
  ASSERT_TRUE(fs_.Put("directory/file", {}).ok());
  for (const char* path : {"index", "text", "directory", "nothing", ""})
    EXPECT_FALSE(*Recognise(fs_, path)) << path;
}

// Damage of one tensor, named "bad"; "good" stays readable.
struct Damage {
  const char* what;
  V1Bytes bytes;
  Reason reason;
  const char* mention;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.what; }

V1Bytes Good() {
  V1Bytes bytes;
  return bytes.AddWhole("good", DType::kInt8, {2}, V1Values({1, 2}));
}

V1Bytes Bad(DType dtype, const std::vector<int64_t>& dims, const std::string& data) {
  return Good().AddWhole("bad", dtype, dims, data);
}

V1Bytes WithEntry(std::string value) {
  V1Bytes bytes = Bad(DType::kInt8, {1}, V1Values({1}));
  bytes.entries[SliceKeyBytes("bad", {kAll})] = std::move(value);
  return bytes;
}

V1Bytes WithoutEntry() {
  V1Bytes bytes = Bad(DType::kInt8, {1}, V1Values({1}));
  bytes.entries.erase(SliceKeyBytes("bad", {kAll}));
  return bytes;
}

V1Bytes WithSlices(const std::vector<V1Bytes::Slice>& slices) {
  return Good().AddSliced("bad", DType::kInt8, {3}, slices);
}

class DamagedV1TensorTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedV1TensorTest, IsItsOwnErrorAndNobodyElses) {
  for (const Access access : {Access::kMap, Access::kRead}) {
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.Put("m", AsBytes(GetParam().bytes.file())).ok());
    const auto dict = Open(fs, "m", {access, {}});
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    EXPECT_EQ(*ReadAsText(*dict, "good"), "\1\2");
    const Status status = ReadAsText(*dict, "bad").status();
    EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
    EXPECT_NE(status.message().find(GetParam().mention), std::string::npos) << status.message();
    VerifyOptions options;
    options.access = access;
    const auto report = Verify(fs, "m", options);
    ASSERT_TRUE(report.ok());
    ASSERT_EQ(report->findings.size(), 1u);
    EXPECT_EQ(report->findings[0].error.tensor(), "bad");
    EXPECT_EQ(report->findings[0].error.reason(), GetParam().reason);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedV1TensorTest,
    testing::Values(
        Damage{"C2 more values than the shape has", Bad(DType::kInt8, {2}, V1Values({1, 2, 3})),
               Reason::kSize, "m: offset 0: "},
        Damage{"C2 content shorter than the shape", Bad(DType::kInt8, {2}, "\x22\x01"s + "a"),
               Reason::kSize, "tensor_content has 1"},
        Damage{"C3 one value for 10^12 elements",
               Bad(DType::kInt8, {1'000'000'000'000}, V1Values({1})), Reason::kLimit,
               "stand for a tensor of 1000000000000"},
        Damage{"C6 half_val out of 16 bits", Bad(DType::kFloat16, {1}, "\x6a\x03\x80\x80\x04"),
               Reason::kBounds, "the value 65536"},
        Damage{"a slice without its entry", WithoutEntry(), Reason::kSlice, "has no entry"},
        Damage{"an entry that is no message", WithEntry("\x12\x7f"), Reason::kProto,
               "SavedTensorSlices"},
        Damage{"an entry without a slice", WithEntry(""), Reason::kFormat, "holds no slice"},
        Damage{"an entry of another tensor", WithEntry(V1Slice("good", {kAll}, V1Values({1}))),
               Reason::kSlice, "holds a slice of 'good'"},
        Damage{"an entry of another slice", WithEntry(V1Slice("bad", {{0, 1}}, V1Values({1}))),
               Reason::kSlice, "its key"},
        Damage{"slices that leave a gap",
               WithSlices({{{{0, 1}}, V1Values({1})}, {{{2, 1}}, V1Values({3})}}), Reason::kSlice,
               "element [1] lies in none"},
        Damage{"slices that overlap",
               WithSlices({{{{0, 2}}, V1Values({1, 2})}, {{{1, 2}}, V1Values({2, 3})}}),
               Reason::kSlice, "element [1] lies in 2"},
        Damage{"a slice past the shape", WithSlices({{{{1, 3}}, V1Values({1, 2, 3})}}),
               Reason::kSlice, "dimension 0, which has 3"},
        Damage{"no slice at all", WithSlices({}), Reason::kSlice, "lies in none"},
        Damage{"a variant", Bad(DType::kVariant, {1}, ""), Reason::kUnsupported, "variant"}),
    [](const auto& row) { return RowName(row.param.what); });

struct Refused {
  const char* what;
  std::string meta;  // of the tensors
  Reason reason;
};

class RefusedV1Test : public testing::TestWithParam<Refused> {};

TEST_P(RefusedV1Test, IsNotOpened) {
  MemoryFileSystem fs;
  V1Bytes bytes = Good();
  bytes.meta += GetParam().meta;
  ASSERT_TRUE(fs.Put("m", AsBytes(bytes.file())).ok());
  const Status status = Open(fs, "m", {}).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
  EXPECT_TRUE(status.message().starts_with("m: ")) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedV1Test,
    testing::Values(
        Refused{"dtype 0", V1Meta("x", 0, {1}, {}), Reason::kDType},
        Refused{"a reference dtype", V1Meta("x", 101, {1}, {}), Reason::kDType},
        Refused{"a negative dimension", V1Meta("x", 1, {-1}, {}), Reason::kShape},
        Refused{"a product of 2^64", V1Meta("x", 1, {int64_t{1} << 32, int64_t{1} << 32}, {}),
                Reason::kOverflow},
        Refused{"a slice that starts at -1", V1Meta("x", 1, {1}, {{{-1, 1}}}), Reason::kSlice},
        Refused{"a tensor that is no message", "\x0a\x02\x0a\x7f", Reason::kProto},
        Refused{"a tensor that is a number", "\x08\x01", Reason::kProto},
        Refused{"a version that is too new", "\x12\x02\x10\x02", Reason::kVersion},
        Refused{"the same name with another shape", V1Meta("good", 6, {3}, {}), Reason::kShape}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(UnreadableV1Test, NoTableOfContents) {
  MemoryFileSystem fs;
  const std::string key = SliceKeyBytes("v", {kAll});
  const std::string value = V1Slice("v", {kAll}, V1Values({1}));
  ASSERT_TRUE(fs.Put("no key", AsBytes(MakeTable({{key, value}}))).ok());
  ASSERT_TRUE(fs.Put("no meta", AsBytes(MakeTable({{"", value}, {key, value}}))).ok());
  for (const char* path : {"no key", "no meta"})
    EXPECT_EQ(Open(fs, path, {}).status().reason(), Reason::kFormat) << path;
}

// C1: a table of contents as large as its file, not larger.
TEST(UnreadableV1Test, C1LimitsAreSettable) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("m", AsBytes(Sound().file())).ok());
  OpenOptions options;
  options.limits.num_tensors = 5;
  EXPECT_EQ(Open(fs, "m", options).status().reason(), Reason::kLimit);
  options.limits = {.name_nbytes = 4};
  EXPECT_EQ(Open(fs, "m", options).status().reason(), Reason::kLimit);
  options.limits = {.metadata_nbytes = 50};
  EXPECT_EQ(Open(fs, "m", options).status().reason(), Reason::kLimit);
}

TEST(VerifyV1Test, C4EntriesThatNobodyNames) {
  MemoryFileSystem fs;
  V1Bytes bytes = Good();
  bytes.entries["\0name\xff\x01"s] = V1Slice("name", {}, "");
  bytes.entries[SliceKeyBytes("other", {kAll})] = V1Slice("other", {kAll}, "");
  ASSERT_TRUE(fs.Put("m", AsBytes(bytes.file())).ok());
  const auto report = Verify(fs, "m", {});
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->findings.size(), 2u);
  EXPECT_NE(report->findings[0].error.message().find("is not that of a slice"), std::string::npos);
  EXPECT_NE(report->findings[1].error.message().find("no such slice of tensor 'other'"),
            std::string::npos);
}

TEST(V1PathTest, ShardsAndPatternsAreTold) {
  const auto shard = ParseShardPath("run/m-7-00001-of-00012");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->stem, "run/m-7");
  EXPECT_EQ(shard->shard, 1u);
  EXPECT_EQ(shard->num_shards, 12u);
  EXPECT_FALSE(ParseShardPath(kPattern)->shard);
  for (const char* path : {"", "m", "-00000-of-00001", "m-0000-of-00001", "m-00000-of-00000",
                           "m-00000-of-1", "m-\?\?\?\?0-of-00001", "m_00000-of-00001"}) {
    EXPECT_FALSE(ParseShardPath(path)) << path;
  }
  EXPECT_EQ(FilesOf(kPattern), (std::vector<std::string>{"m-00000-of-00002", "m-00001-of-00002"}));
  EXPECT_EQ(FilesOf("m-00005-of-00002"), std::vector<std::string>{"m-00005-of-00002"});
  MemoryFileSystem fs;
  EXPECT_EQ(RepresentativeOf(fs, kPattern), "m-00000-of-00002");
  ASSERT_TRUE(fs.Put("m-00001-of-00002", {}).ok());
  EXPECT_EQ(RepresentativeOf(fs, kPattern), "m-00001-of-00002");
  EXPECT_EQ(RepresentativeOf(fs, "m-00000-of-00002"), "m-00000-of-00002");
}

// Every cut and every turned bit: an error, or exactly the right values.
class EveryV1ByteTest : public testing::TestWithParam<Access> {
 protected:
  struct Answer {
    Status status;
    size_t num_errors = 0;
    size_t num_warnings = 0;
    bool is_sound = false;
    bool is_strictly_sound = false;
  };

  Answer Ask(Bytes file) {
    MemoryFileSystem fs;
    EXPECT_TRUE(fs.Put("m", file).ok());
    Answer answer;
    VerifyOptions options;
    options.access = GetParam();
    options.transfer.threads = 1;
    const auto report = Verify(fs, "m", options);
    answer.is_sound = report.ok() && report->ok();
    options.depth = VerifyDepth::kStrict;
    const auto strict = Verify(fs, "m", options);
    answer.is_strictly_sound = strict.ok() && strict->ok();
    std::vector<Status> warnings;
    const auto dict = Open(fs, "m", {.access = GetParam(), .warnings = &warnings});
    answer.num_warnings = warnings.size();
    answer.status = dict.status();
    if (!dict.ok()) return answer;
    EXPECT_EQ(dict->size(), kValues.size());
    for (const auto& [name, value] : kValues) {
      const auto read = ReadAsText(*dict, name);
      if (!read.ok()) ++answer.num_errors;
      EXPECT_EQ(read.ok() ? *read : value, value) << name;
    }
    return answer;
  }
};

INSTANTIATE_TEST_SUITE_P(, EveryV1ByteTest, testing::Values(Access::kMap, Access::kRead),
                         [](const auto& access) {
                           return access.param == Access::kMap ? "Mapped" : "Read";
                         });

TEST_P(EveryV1ByteTest, ACutOrATurnedBitIsAnErrorOrDoesNoHarm) {
  for (const size_t entries_per_block : {2, 1000}) {
    V1Bytes bytes = Sound();
    bytes.entries_per_block = entries_per_block;
    const std::string file = bytes.file();
    ASSERT_TRUE(Ask(AsBytes(file)).is_strictly_sound);
    for (size_t nbytes = 0; nbytes < file.size(); ++nbytes) {
      const Answer answer = Ask(CutAt(AsBytes(file), nbytes));
      ASSERT_FALSE(answer.status.ok()) << "cut at " << nbytes;
      ASSERT_FALSE(answer.is_sound) << "cut at " << nbytes;
    }
    size_t num_harmless = 0;
    for (uint64_t bit = 0; bit < 8 * file.size(); ++bit) {
      const Answer answer = Ask(FlipBit(AsBytes(file), bit));
      const bool is_harmless =
          answer.status.ok() && answer.num_errors == 0 && answer.num_warnings == 0;
      ASSERT_EQ(answer.is_sound, is_harmless) << "bit " << bit;
      ASSERT_FALSE(answer.is_strictly_sound) << "bit " << bit;
      if (is_harmless) ++num_harmless;
    }
    EXPECT_LE(num_harmless, 8 * 36u);  // the padding of the footer
  }
}

}  // namespace
}  // namespace cairn::tf_v1
