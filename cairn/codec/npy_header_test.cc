#include "cairn/codec/npy_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using namespace std::string_literals;

std::string Npy(const std::string& dict, char version = 1) {
  std::string file = "\x93NUMPY"s + version + '\0';
  file += static_cast<char>(dict.size());
  file += static_cast<char>(dict.size() >> 8);
  if (version > 1) {
    file += static_cast<char>(dict.size() >> 16);
    file += static_cast<char>(dict.size() >> 24);
  }
  return file + dict;
}

std::string Dict(const std::string& descr, const std::string& shape = "(2, 3)",
                 const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
}

TEST(NpyHeaderTest, GivesWhatItHolds) {
  struct Row {
    const char* descr;
    DType dtype;
    bool is_big_endian;
  };
  for (const Row& row :
       {Row{"'<f4'", DType::kFloat32, false}, Row{"'>f8'", DType::kFloat64, true},
        Row{"'|b1'", DType::kBool, false}, Row{"'|i1'", DType::kInt8, false},
        Row{"'<i4'", DType::kInt32, false}, Row{"'>u2'", DType::kUInt16, true},
        Row{"\"<c16\"", DType::kComplex128, false}, Row{"'<f2'", DType::kFloat16, false},
        Row{"'=u8'", DType::kUInt64, false}}) {
    for (const char version : {'\1', '\2', '\3'}) {
      const auto header = ParseNpyHeader(AsBytes(Npy(Dict(row.descr), version)));
      ASSERT_TRUE(header.ok()) << row.descr << header.status().message();
      EXPECT_EQ(header->dtype, row.dtype);
      EXPECT_EQ(header->is_big_endian, row.is_big_endian);
      EXPECT_EQ(header->dims, (std::vector<int64_t>{2, 3}));
      EXPECT_FALSE(header->is_fortran_order);
    }
  }
}

TEST(NpyHeaderTest, ShapesAndOrders) {
  const std::pair<const char*, std::vector<int64_t>> rows[] = {
      {"()", {}}, {"(5,)", {5}}, {"( 5 , )", {5}}, {"(0, 3)", {0, 3}}, {"(2L, 3L)", {2, 3}}};
  for (const auto& [shape, dims] : rows) {
    const auto header = ParseNpyHeader(AsBytes(Npy(Dict("'<f4'", shape, "True"))));
    ASSERT_TRUE(header.ok()) << shape << header.status().message();
    EXPECT_EQ(header->dims, dims);
    EXPECT_TRUE(header->is_fortran_order);
  }
}

TEST(NpyHeaderTest, WideElements) {
  const auto bytes = ParseNpyHeader(AsBytes(Npy(Dict("'|S7'"))));
  EXPECT_EQ(bytes->elements, NpyElements::kBytes);
  EXPECT_EQ(bytes->element_nbytes, 7u);
  const auto text = ParseNpyHeader(AsBytes(Npy(Dict("'>U3'"))));
  EXPECT_EQ(text->elements, NpyElements::kUnicode);
  EXPECT_EQ(text->element_nbytes, 12u);
  EXPECT_TRUE(text->is_big_endian);
  EXPECT_EQ(ParseNpyHeader(AsBytes(Npy(Dict("'|V2'"))))->elements, NpyElements::kRaw);
}

TEST(NpyHeaderTest, TimesAreIntegers) {
  const std::pair<const char*, const char*> rows[] = {{"<M8[ns]", "datetime64[ns]"},
                                                      {">M8[D]", "datetime64[D]"},
                                                      {"<m8[25s]", "timedelta64[25s]"},
                                                      {"<m8", "timedelta64"}};
  for (const auto& [descr, type] : rows) {
    const auto header = ParseNpyHeader(AsBytes(Npy(Dict("'" + std::string(descr) + "'"))));
    ASSERT_TRUE(header.ok()) << descr << header.status().message();
    EXPECT_TRUE(header->unread.ok());
    EXPECT_EQ(header->dtype, DType::kInt64);
    EXPECT_EQ(header->is_big_endian, descr[0] == '>');
    EXPECT_EQ(header->type, type);
    const TensorInfo info{"x", DType::kInt64, {}, 0, header->type};
    EXPECT_EQ(NpyDescr(info).substr(1), std::string(descr).substr(1));
  }
  EXPECT_EQ(NpyDescr(TensorInfo{"x", DType::kInt64, {}, 0}), "<i8");
  EXPECT_EQ(NpyDescr(TensorInfo{"x", DType::kInt32, {}, 0, "datetime64[ns]"}), "<i4");
}

struct UnreadRow {
  const char* descr;
  const char* type;
  Reason reason;
};

class UnreadNpyTest : public testing::TestWithParam<UnreadRow> {};

TEST_P(UnreadNpyTest, IsNamedWithItsShape) {
  const auto header = ParseNpyHeader(AsBytes(Npy(Dict(GetParam().descr))));
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->unread.reason(), GetParam().reason);
  EXPECT_EQ(header->type, GetParam().type);
  EXPECT_EQ(header->dtype, DType::kInvalid);
  EXPECT_EQ(header->dims, (std::vector<int64_t>{2, 3}));
}

INSTANTIATE_TEST_SUITE_P(
    , UnreadNpyTest,
    testing::Values(UnreadRow{"'|O'", "object", Reason::kUnsafe},
                    UnreadRow{"'O'", "object", Reason::kUnsafe},
                    UnreadRow{"'|O8'", "object", Reason::kUnsafe},
                    UnreadRow{"[('a', '<f4')]", "structured", Reason::kUnsupported},
                    UnreadRow{"[('O', '<f4'), ('b', [('c', '|b1', (2, 3))])]", "structured",
                              Reason::kUnsupported},
                    UnreadRow{"[(('title', 'a'), '|O')]", "structured", Reason::kUnsafe},
                    UnreadRow{"('<f4', (2,))", "structured", Reason::kUnsupported},
                    UnreadRow{"'<f16'", "float128", Reason::kUnsupported},
                    UnreadRow{"'<c32'", "complex256", Reason::kUnsupported},
                    UnreadRow{"'|S0'", "bytes0", Reason::kUnsupported},
                    UnreadRow{"'|V0'", "void0", Reason::kUnsupported}));

struct Damage {
  const char* what;
  std::string file;
  Reason reason;
};

class DamagedNpyTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedNpyTest, IsRefused) {
  const auto header = ParseNpyHeader(AsBytes(GetParam().file));
  EXPECT_EQ(header.status().reason(), GetParam().reason) << header.status().message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedNpyTest,
    testing::Values(
        Damage{"D1 nothing", "", Reason::kTruncated},
        Damage{"D1 magic", "\x93NUMPX\1\0\0\0"s, Reason::kBadMagic},
        Damage{"D1 version 0", Npy(Dict("'<f4'"), '\0'), Reason::kVersion},
        Damage{"D1 version 4", Npy(Dict("'<f4'"), '\4'), Reason::kVersion},
        Damage{"D1 version 255", Npy(Dict("'<f4'"), '\xff'), Reason::kVersion},
        Damage{"D2 a header past the file", Npy(Dict("'<f4'")).substr(0, 40), Reason::kTruncated},
        Damage{"D2 four GiB", "\x93NUMPY\2\0\xff\xff\xff\xff"s, Reason::kLimit},
        Damage{"D3 no dict", Npy("[1, 2]"), Reason::kFormat},
        Damage{"D3 code behind", Npy(Dict("'<f4'") + "; exit()"), Reason::kFormat},
        Damage{"D3 a call", Npy(Dict("__import__('os')")), Reason::kFormat},
        Damage{"D3 another key",
               Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}"),
               Reason::kFormat},
        Damage{"D3 a key twice", Npy("{'shape': (), 'shape': (), 'descr': '<f4'}"),
               Reason::kDuplicate},
        Damage{"D3 a key less", Npy("{'descr': '<f4', 'shape': ()}"), Reason::kFormat},
        Damage{"D3 parentheses", Npy("{'shape': " + std::string(60'000, '(')), Reason::kFormat},
        Damage{"D3 an escape", Npy(Dict("'\\x3cf4'")), Reason::kFormat},
        Damage{"D4 a structure without an end", Npy("{'descr': " + std::string(60'000, '[')),
               Reason::kFormat},
        Damage{"D4 a structure with an escape", Npy(Dict("[('\\x', '<f4')]")), Reason::kFormat},
        Damage{"D4 code after a structure", Npy(Dict("[('a', '<f4')] + 1")), Reason::kFormat},
        Damage{"D5 a negative dimension", Npy(Dict("'<f4'", "(-1,)")), Reason::kShape},
        Damage{"D5 two to the 63", Npy(Dict("'<f4'", "(9223372036854775808,)")), Reason::kOverflow},
        Damage{"D5 a product", Npy(Dict("'<f4'", "(4294967296, 4294967296)")), Reason::kOverflow},
        Damage{"D5 too many bytes", Npy(Dict("'|S1000000000'", "(99999999999,)")),
               Reason::kOverflow},
        Damage{"D5 no tuple", Npy(Dict("'<f4'", "(3)")), Reason::kFormat},
        Damage{"D5 a fraction", Npy(Dict("'<f4'", "(3.5,)")), Reason::kFormat},
        Damage{"D6 another order", Npy(Dict("'<f4'", "(3,)", "1")), Reason::kFormat},
        Damage{"D7 a type of nobody", Npy(Dict("'<f3'")), Reason::kDType},
        Damage{"D7 a date of no width", Npy(Dict("'<M[ns]'")), Reason::kDType},
        Damage{"D7 a date without the end of its unit", Npy(Dict("'<M8[ns'")), Reason::kDType},
        Damage{"D7 a date with more after its unit", Npy(Dict("'<M8[n]s]'")), Reason::kDType},
        Damage{"D7 too wide", Npy(Dict("'<U2147483647'")), Reason::kDType},
        Damage{"D7 no size", Npy(Dict("'<f'")), Reason::kDType}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(NpyHeaderTest, D5ManyDimensions) {
  std::string shape = "(";
  for (int i = 0; i < 300; ++i) shape += "1, ";
  EXPECT_EQ(ParseNpyHeader(AsBytes(Npy(Dict("'<f4'", shape + ")")))).status().reason(),
            Reason::kShape);
}

TEST(NpyHeaderTest, EveryCutAndTurnedByteIsSurvived) {
  const std::string file = Npy(Dict("'<f4'"));
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(ParseNpyHeader(AsBytes(file.substr(0, size))).ok());
  for (size_t i = 0; i < file.size(); ++i) {
    for (int value = 0; value < 256; value += 5) {
      std::string turned = file;
      turned[i] = static_cast<char>(value);
      (void)ParseNpyHeader(AsBytes(turned));
    }
  }
}

}  // namespace
}  // namespace cairn
