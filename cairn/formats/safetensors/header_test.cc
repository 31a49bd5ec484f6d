#include "cairn/formats/safetensors/header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/formats/safetensors/shard_index.h"
#include "cairn/testing/row_name.h"

namespace cairn::safetensors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

// A header of one tensor of two bytes, with `fields` in place of its own.
std::string Tensor(const std::string& fields) { return "{\"a\":{" + fields + "}}"; }
const std::string kSound = R"("dtype":"U8","shape":[2],"data_offsets":[0,2])";

TEST(HeaderTest, GivesWhatItHolds) {
  const auto header = ParseHeader(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]},)"
      R"("a":{"data_offsets":[0,2],"shape":[2],"dtype":"U8"},"empty":{"dtype":"BF16","shape":[0,3],)"
      R"("data_offsets":[10,10]},"scalar":{"dtype":"I64","shape":[],"data_offsets":[10,18]}}   )",
      {});
  ASSERT_TRUE(header.ok()) << header.status().message();
  ASSERT_EQ(header->entries.size(), 4u);
  EXPECT_EQ(header->entries[0].name, "a");  // in the order of the data
  EXPECT_THAT(header->entries[1].dims, ElementsAre(1, 2));
  EXPECT_EQ(header->entries[2].dtype, DType::kBFloat16);
  EXPECT_EQ(header->metadata.at("format"), "pt");
  EXPECT_TRUE(CheckLayout(header->entries, 18).ok());
}

TEST(HeaderTest, ThereAndBack) {
  Header header;
  const int64_t dims[] = {3};
  header.entries.Add({"w\"\n\xc3\xa9", DType::kFloat16, dims, 0, 6});
  header.entries.Add({"", DType::kBool, {}, 6, 7});
  header.metadata = {{"key", "text"}};
  const std::string json = EncodeHeader(header);
  EXPECT_EQ(json.size() % 8, 0u);
  const auto parsed = ParseHeader(json, {});
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->entries[0].name, header.entries[0].name);
  EXPECT_EQ(parsed->entries[1].end, 7u);
  EXPECT_EQ(parsed->metadata, header.metadata);
  EXPECT_EQ(EncodeHeader({}), "{}      ");
}

struct Damage {
  const char* what;
  std::string json;
  Reason reason;
  const char* message;
};

class DamagedHeaderTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedHeaderTest, IsRefused) {
  const auto header = ParseHeader(GetParam().json, {});
  ASSERT_FALSE(header.ok());
  EXPECT_EQ(header.status().reason(), GetParam().reason) << header.status().message();
  EXPECT_THAT(std::string(header.status().message()), HasSubstr(GetParam().message));
}

std::string With(const std::string& from, const std::string& to) {
  std::string fields = kSound;
  return Tensor(fields.replace(fields.find(from), from.size(), to));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedHeaderTest,
    testing::Values(
        Damage{"E3 nothing", "", Reason::kFormat, "no '{'"},
        Damage{"E4 an array", "[]", Reason::kFormat, "no '{'"},
        Damage{"E4 a leading blank", " {}", Reason::kFormat, "no '{'"},
        Damage{"E4 cut", "{\"a\":{", Reason::kFormat, "no JSON at byte"},
        Damage{"E4 something behind", "{}x", Reason::kFormat, "no JSON at byte"},
        Damage{"E4 a NUL behind", "{} \0{}"s, Reason::kFormat, "a NUL at byte 3"},
        Damage{"E5 no UTF-8", "{\"\xff\":{}}", Reason::kFormat, "no JSON at byte"},
        Damage{"E5 half a surrogate", R"({"\ud800":{}})", Reason::kFormat, "no JSON at byte"},
        Damage{"E6 a tensor twice", "{\"a\":{" + kSound + "},\"a\":{" + kSound + "}}",
               Reason::kDuplicate, "tensor 'a': comes twice"},
        Damage{"E6 the metadata twice", R"({"__metadata__":{},"__metadata__":{}})",
               Reason::kDuplicate, "'__metadata__' twice"},
        Damage{"E6 a key of the metadata twice", R"({"__metadata__":{"k":"1","k":"2"}})",
               Reason::kDuplicate, "metadata 'k' twice"},
        Damage{"E6 a field twice", Tensor(kSound + ",\"dtype\":\"U8\""), Reason::kDuplicate,
               "tensor 'a': 'dtype' twice"},
        Damage{"E7 deep arrays", "{\"a\":" + std::string(1'000'000, '['), Reason::kFormat,
               "'a' is an array"},
        Damage{"E7 a deep shape", With("[2]", std::string(1'000'000, '[')), Reason::kFormat,
               "'shape' is an array"},
        Damage{"E7 too great a number", With("[0,2]", "[0,1e400]"), Reason::kFormat, "no JSON"},
        Damage{"E7 minus nothing", With("[0,2]", "[-0,2]"), Reason::kFormat, "a negative number"},
        Damage{"E7 a fraction", With("[0,2]", "[0,1.5]"), Reason::kFormat, "a fraction"},
        Damage{"E7 two to the 64", With("[0,2]", "[0,18446744073709551616]"), Reason::kFormat,
               "a fraction"},
        Damage{"E8 reversed", With("[0,2]", "[2,0]"), Reason::kBounds, "before it begins"},
        Damage{"E8 one offset", With("[0,2]", "[0]"), Reason::kFormat, "two numbers"},
        Damage{"E8 three offsets", With("[0,2]", "[0,2,2]"), Reason::kFormat, "two numbers"},
        Damage{"E9 a product that wraps", With("[2]", "[4194305,4194305,211106198978564]"),
               Reason::kOverflow, "tensor 'a'"},
        Damage{"E9 a dimension of two to the 63", With("[2]", "[9223372036854775808]"),
               Reason::kShape, "a dimension"},
        Damage{"E10 another size", With("[0,2]", "[0,3]"), Reason::kSize,
               "uint8[2] has 2 bytes, its offsets are 3 apart"},
        Damage{"E11 a dtype of nobody", With("U8", "F7"), Reason::kDType, "dtype 'F7'"},
        Damage{"E11 no dtype", Tensor(R"("shape":[2],"data_offsets":[0,2])"), Reason::kFormat,
               "no 'dtype'"},
        Damage{"E11 an empty dtype", With("U8", ""), Reason::kDType, "dtype ''"},
        Damage{"E11 a dtype that is a number", With("\"U8\"", "8"), Reason::kFormat,
               "'dtype' is a number"},
        Damage{"E12 metadata that is no text", R"({"__metadata__":{"k":1}})", Reason::kFormat,
               "'k' is a number"},
        Damage{"E12 metadata that is an object", R"({"__metadata__":{"k":{}}})", Reason::kFormat,
               "'k' is an object"},
        Damage{"a field of nobody", Tensor(kSound + ",\"x\":0"), Reason::kFormat,
               "field 'x' is not known"},
        Damage{"a tensor that is a text", R"({"a":"b"})", Reason::kFormat, "'a' is a string"},
        Damage{"a tensor that is null", R"({"a":null})", Reason::kFormat, "'a' is null"}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(LayoutTest, E8TheDataIsFilledExactly) {
  struct Row {
    std::vector<std::pair<uint64_t, uint64_t>> entries;  // where each begins and ends
    Reason reason;
  };
  for (const Row& row :
       {Row{{{0, 4}}, Reason::kNone}, Row{{{0, 2}}, Reason::kPadding},
        Row{{{0, 5}}, Reason::kTruncated}, Row{{{1, 4}}, Reason::kPadding},
        Row{{{0, 2}, {3, 4}}, Reason::kPadding}, Row{{{0, 3}, {2, 4}}, Reason::kOverlap},
        Row{{{0, 0}, {0, 4}, {4, 4}}, Reason::kNone}}) {
    EntryList entries;
    for (const auto& [begin, end] : row.entries)
      entries.Add({"name", DType::kUInt8, {}, begin, end});
    EXPECT_EQ(CheckLayout(entries, 4).reason(), row.reason);
  }
  EXPECT_TRUE(CheckLayout({}, 0).ok());
}

TEST(HeaderTest, E13AHundredThousandTensors) {
  std::string json = "{";
  for (int i = 0; i < 100'000; ++i)
    json += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) +
            R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(ParseHeader(json + "}", {})->entries.size(), 100'000u);
  Limits limits;
  limits.num_tensors = 99'999;
  EXPECT_EQ(ParseHeader(json + "}", limits).status().reason(), Reason::kLimit);
}

TEST(ShardIndexTest, ThereAndBack) {
  const ShardIndex index{{{"a", 0}, {"b\"", 1}},
                         {"m-1.safetensors", "m-2.safetensors"},
                         {{"m-1.safetensors", {0xa1b2, 88}}, {"m-2.safetensors", {1, UINT64_MAX}}},
                         7};
  const auto parsed = ParseShardIndex(EncodeShardIndex(index), {});
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->weight_map, index.weight_map);
  EXPECT_EQ(parsed->file_names, index.file_names);
  EXPECT_EQ(parsed->files, index.files);
  EXPECT_EQ(parsed->total_nbytes, 7u);
  EXPECT_TRUE(ParseShardIndex(R"({"x":[{"y":[1]}],"weight_map":{}})", {}).ok());
}

TEST(ShardIndexTest, E14DamagedOnesAreRefused) {
  const std::pair<std::string, Reason> rows[] = {
      {"", Reason::kFormat},
      {"[]", Reason::kFormat},
      {"{}", Reason::kFormat},
      {R"({"weight_map":[]})", Reason::kFormat},
      {"{\"weight_map\":{}}\0 {"s, Reason::kFormat},
      {R"({"weight_map":{"a":1}})", Reason::kFormat},
      {R"({"weight_map":{"a":{}}})", Reason::kFormat},
      {R"({"weight_map":{"a":"f","a":"f"}})", Reason::kDuplicate},
      {R"({"weight_map":{},"weight_map":{}})", Reason::kDuplicate},
      {R"({"weight_map":{"a":"../f"}})", Reason::kPath},
      {R"({"weight_map":{"a":"/etc/passwd"}})", Reason::kPath},
      {R"({"weight_map":{"a":"https://x/y"}})", Reason::kPath},
      {R"({"weight_map":{"a":".."}})", Reason::kPath},
      {R"({"weight_map":{"a":""}})", Reason::kPath},
      {R"({"weight_map":{"a":"f\u0000"}})", Reason::kPath},
      {R"({"metadata":{"cairn.file.f":"0000a1b2 8x"},"weight_map":{}})", Reason::kFormat},
      {R"({"metadata":{"cairn.file.f":"0000a1b2"},"weight_map":{}})", Reason::kFormat},
      {R"({"metadata":{"cairn.file.f":""},"weight_map":{}})", Reason::kFormat},
      {R"({"metadata":{"cairn.file.f":"0000a1b2 8","cairn.file.f":"0000a1b2 8"}})",
       Reason::kDuplicate},
      {"{\"x\":" + std::string(100'000, '['), Reason::kLimit},
  };
  for (const auto& [json, reason] : rows)
    EXPECT_EQ(ParseShardIndex(json, {}).status().reason(), reason) << json.substr(0, 60);
}

}  // namespace
}  // namespace cairn::safetensors
