#include "cairn/codec/text_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cairn::text_format {
namespace {

using namespace std::string_literals;

TEST(ScannerTest, GivesTokensWithTheirLines) {
  Scanner scanner("a: 'x\\'y' # : no { token\n{-1.5e+3}\"\"");
  struct Expected {
    Token::Kind kind;
    std::string_view text;
    size_t line;
  };
  const Expected expected[] = {
      {Token::Kind::kName, "a", 1},       {Token::Kind::kSymbol, ":", 1},
      {Token::Kind::kString, "x\\'y", 1}, {Token::Kind::kSymbol, "{", 2},
      {Token::Kind::kName, "-1.5e+3", 2}, {Token::Kind::kSymbol, "}", 2},
      {Token::Kind::kString, "", 2},      {Token::Kind::kEnd, "", 2},
      {Token::Kind::kEnd, "", 2},
  };
  for (const Expected& want : expected) {
    const auto token = scanner.Next();
    ASSERT_TRUE(token.ok()) << token.status().message();
    EXPECT_EQ(token->kind, want.kind) << want.text;
    EXPECT_EQ(token->text, want.text);
    EXPECT_EQ(token->line, want.line) << want.text;
  }
}

TEST(ScannerTest, AStringEndsOnItsLine) {
  for (const char* text : {"\"a", "'a\"", "\"a\nb\"", "\"a\\", "\"a\\\nb\"", "\"a\\\""}) {
    EXPECT_EQ(Scanner(text).Next().status().reason(), Reason::kFormat) << text;
  }
}

struct Escape {
  const char* inside;
  std::string meaning;
};

class EscapeTest : public testing::TestWithParam<Escape> {};

TEST_P(EscapeTest, MeansWhatTensorFlowReads) {
  std::string out = "before ";
  const Status status = AppendUnescaped(GetParam().inside, out);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(out, "before " + GetParam().meaning);
}

// Each was given to text_format.Merge of TensorFlow 2.21's protobuf.
INSTANTIATE_TEST_SUITE_P(
    , EscapeTest,
    testing::Values(Escape{"plain", "plain"}, Escape{"", ""}, Escape{"\\n\\t\\r", "\n\t\r"},
                    Escape{"\\a\\b\\f\\v", "\a\b\f\v"}, Escape{"\\\\\\\"\\'", "\\\"'"},
                    Escape{"\\101", "A"},
                    Escape{"\\0017",
                           "\1"
                           "7"},
                    Escape{"\\303\\274", "ü"}, Escape{"\\x41\\x4", "A\4"},
                    Escape{"nul\\000x", "nul\0x"s}, Escape{"\\u00fc\\U0001F600", "ü😀"},
                    Escape{"\\u6f22", "漢"}, Escape{"\\q\\?\\8", "\\q\\?\\8"}));

class BadEscapeTest : public testing::TestWithParam<const char*> {};

TEST_P(BadEscapeTest, IsRefused) {
  std::string out;
  EXPECT_EQ(AppendUnescaped(GetParam(), out).reason(), Reason::kFormat);
}

INSTANTIATE_TEST_SUITE_P(, BadEscapeTest,
                         testing::Values("\\", "a\\x", "\\xg", "\\400", "\\u12", "\\ud800",
                                         "\\U00110000", "\\U1234567"));

TEST(QuoteTest, WritesBytesThatAreNoUtf8AsOctal) {
  EXPECT_EQ(Quote("\xff"
                  "a\xc3\xbc"),
            "\"\\377a\\303\\274\"");
}

struct Number {
  double value;
  const char* text;
};

class NumberTest : public testing::TestWithParam<Number> {};

TEST_P(NumberTest, IsWrittenAsPythonDoes) {
  EXPECT_EQ(FormatDouble(GetParam().value), GetParam().text);
}

TEST_P(NumberTest, ComesBack) {
  const auto value = ParseDouble(GetParam().text);
  ASSERT_TRUE(value.ok()) << value.status().message();
  EXPECT_EQ(std::signbit(*value), std::signbit(GetParam().value));
  EXPECT_TRUE(*value == GetParam().value || (std::isnan(*value) && std::isnan(GetParam().value)));
}

// The texts are what text_format.MessageToString of TensorFlow 2.21's protobuf printed for each.
constexpr double kInfinity = std::numeric_limits<double>::infinity();
INSTANTIATE_TEST_SUITE_P(
    , NumberTest,
    testing::Values(Number{0.0, "0.0"}, Number{-0.0, "-0.0"}, Number{1.0, "1.0"},
                    Number{1700000000.5, "1700000000.5"}, Number{0.1, "0.1"},
                    Number{1795467929.6168163, "1795467929.6168163"}, Number{123456.0, "123456.0"},
                    Number{1e15, "1000000000000000.0"}, Number{1e16, "1e+16"},
                    Number{1e22, "1e+22"}, Number{123456789012345680.0, "1.2345678901234568e+17"},
                    Number{1e308, "1e+308"}, Number{-1.0, "-1.0"}, Number{1e-5, "1e-05"},
                    Number{5e-324, "5e-324"}, Number{kInfinity, "inf"}, Number{-kInfinity, "-inf"},
                    Number{std::numeric_limits<double>::quiet_NaN(), "nan"}));

TEST(ParseDoubleTest, TakesWhatTensorFlowTakes) {
  EXPECT_EQ(*ParseDouble("5."), 5);
  EXPECT_EQ(*ParseDouble(".5"), 0.5);
  EXPECT_EQ(*ParseDouble("1f"), 1);
  EXPECT_EQ(*ParseDouble("1.5F"), 1.5);
  EXPECT_EQ(*ParseDouble("-Infinity"), -kInfinity);
  EXPECT_EQ(*ParseDouble("1e400"), kInfinity);
  EXPECT_EQ(*ParseDouble("-1e400"), -kInfinity);
  EXPECT_EQ(*ParseDouble("1e-400"), 0);
}

TEST(ParseDoubleTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "--1", "0x10", "1x", "e5", "f", "one", "1.2.3", "-inff"}) {
    EXPECT_EQ(ParseDouble(text).status().reason(), Reason::kFormat) << text;
  }
}

}  // namespace
}  // namespace cairn::text_format
