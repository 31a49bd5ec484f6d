#include "cairn/formats/safetensors/kept_strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/row_name.h"

namespace cairn::safetensors {
namespace {

using namespace std::string_literals;

struct Kept {
  const char* what;
  std::vector<int64_t> dims;
  std::vector<std::string> elements;
  const char* text;
};

class KeptStringsTest : public testing::TestWithParam<Kept> {};

TEST_P(KeptStringsTest, ComeBack) {
  StringTensor elements;
  for (const std::string& element : GetParam().elements) elements.Add(element);
  EXPECT_EQ(EncodeKeptStrings(GetParam().dims, elements), GetParam().text);
  const auto kept = DecodeKeptStrings(GetParam().text);
  ASSERT_TRUE(kept.ok()) << kept.status().message();
  EXPECT_EQ(kept->dims, GetParam().dims);
  EXPECT_EQ(kept->elements, elements);
}

INSTANTIATE_TEST_SUITE_P(, KeptStringsTest,
                         testing::Values(Kept{"a scalar", {}, {"foo"}, "Zm9v"},
                                         Kept{"an empty scalar", {}, {""}, ""},
                                         Kept{"two", {2}, {"foo", "\xff\0"s}, "[2]:Zm9v,/wA="},
                                         Kept{"a matrix", {2, 1}, {"", "f"}, "[2,1]:,Zg=="},
                                         Kept{"one empty string", {1}, {""}, "[1]:"},
                                         Kept{"none", {0}, {}, "[0]:"},
                                         Kept{"none of many", {7, 0}, {}, "[7,0]:"}),
                         [](const auto& row) { return RowName(row.param.what); });

struct BadStrings {
  const char* what;
  std::string text;
  Reason reason;
};

class BadStringsTest : public testing::TestWithParam<BadStrings> {};

TEST_P(BadStringsTest, AreRefused) {
  EXPECT_EQ(DecodeKeptStrings(GetParam().text).status().reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    , BadStringsTest,
    testing::Values(
        BadStrings{"not base64", "Zm9", Reason::kFormat},
        BadStrings{"a shape without an end", "[2,1", Reason::kFormat},
        BadStrings{"a dimension of no number", "[2,x]:,", Reason::kFormat},
        BadStrings{"a dimension that is missing", "[2,]:,", Reason::kFormat},
        BadStrings{"a negative dimension", "[-1]:", Reason::kShape},
        BadStrings{"a product of no size", "[9223372036854775807,3]:", Reason::kOverflow},
        BadStrings{"a string less", "[3]:Zg==,Zg==", Reason::kFormat},
        BadStrings{"more than are there", "[4611686018427387904]:Zg==", Reason::kFormat},
        BadStrings{"a string more", "[0]:Zg==", Reason::kFormat},
        BadStrings{"one that is not base64", "[2]:Zg==,Z", Reason::kFormat}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(KeptStringsLimitTest, ManyDimensions) {
  std::string text = "[1";
  for (int i = 0; i < 300; ++i) text += ",1";
  EXPECT_EQ(DecodeKeptStrings(text + "]:Zg==").status().reason(), Reason::kShape);
}

}  // namespace
}  // namespace cairn::safetensors
