#include "cairn/core/escape.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace cairn {
namespace {

struct EscapeCase {
  const char* what;
  std::string text;
  std::string escaped;
};
void PrintTo(const EscapeCase& c, std::ostream* out) { *out << c.what; }

class EscapeTest : public testing::TestWithParam<EscapeCase> {};

TEST_P(EscapeTest, IsSafeToShow) { EXPECT_EQ(Escape(GetParam().text), GetParam().escaped); }

INSTANTIATE_TEST_SUITE_P(
    , EscapeTest,
    testing::Values(EscapeCase{"nothing", "", ""},
                    EscapeCase{"a name", "fc/W:0 [3]'\"", "fc/W:0 [3]'\""},
                    EscapeCase{"letters of the world", "Größe/权重/😀", "Größe/权重/😀"},
                    EscapeCase{"line and tab", "a\nb\tc", "a\\nb\\tc"},
                    EscapeCase{"carriage return", "a\rb", "a\\x0db"},
                    EscapeCase{"a zero byte", std::string("a\0b", 3), "a\\x00b"},
                    EscapeCase{"backslash", "a\\n", "a\\\\n"},
                    EscapeCase{"colour of a terminal", "\x1b[31m", "\\x1b[31m"},
                    EscapeCase{"delete", "\x7f", "\\x7f"},
                    EscapeCase{"C1 control", "\u009b", "\\xc2\\x9b"},
                    EscapeCase{"text turned round", "a\u202eb", "a\\xe2\\x80\\xaeb"},
                    EscapeCase{"isolate", "\u2066", "\\xe2\\x81\\xa6"},
                    EscapeCase{"line separator", "\u2028", "\\xe2\\x80\\xa8"},
                    EscapeCase{"zero width", "\u200b\ufeff", "\\xe2\\x80\\x8b\\xef\\xbb\\xbf"},
                    EscapeCase{"a lone continuation", "a\x80z", "a\\x80z"},
                    EscapeCase{"a cut character", "\xe6\x9d", "\\xe6\\x9d"},
                    EscapeCase{"overlong", "\xc0\xaf", "\\xc0\\xaf"},
                    EscapeCase{"Latin-1",
                               "Gr\xf6\xdf"
                               "e",
                               "Gr\\xf6\\xdf"
                               "e"}));

TEST_P(EscapeTest, OnlyPlainTextStaysAsItIs) {
  const auto& [what, text, escaped] = GetParam();
  EXPECT_EQ(IsPlain(text), text == escaped && std::string_view(what) != "letters of the world");
  // Behind a long plain text, where vectors see it.
  EXPECT_EQ(Escape(std::string(100, 'a') + text), std::string(100, 'a') + escaped);
}

TEST_P(EscapeTest, IsAppended) {
  std::string out = "x\n";
  AppendEscaped(out, GetParam().text);
  EXPECT_EQ(out, "x\n" + GetParam().escaped);
}

TEST_P(EscapeTest, IsTakenBack) { EXPECT_EQ(Unescape(GetParam().escaped), GetParam().text); }

RC_GTEST_PROP(UnescapeTest, TakesBackWhatEscapeMakes, (const std::string& text)) {
  RC_ASSERT(Unescape(Escape(text)) == std::optional(text));
}

TEST(UnescapeTest, TakesOnlyWhatEscapeMakes) {
  for (const char* shown : {"a\\", "\\q", "\\x", "\\x4", "\\x0G", "\\x41", "\\xFF", "\xff", "a\n"})
    EXPECT_EQ(Unescape(shown), std::nullopt) << Escape(shown);
}

TEST(QuotedTest, QuotesNames) { EXPECT_EQ(Quoted("fc/W\n"), "'fc/W\\n'"); }

struct Utf8Case {
  const char* what;
  std::string text;
  bool is_utf8;
};
void PrintTo(const Utf8Case& c, std::ostream* out) { *out << c.what; }

class Utf8Test : public testing::TestWithParam<Utf8Case> {};

TEST_P(Utf8Test, IsJudged) {
  EXPECT_EQ(IsUtf8(GetParam().text), GetParam().is_utf8);
  EXPECT_EQ(IsUtf8("a" + GetParam().text + "z"), GetParam().is_utf8);
}

INSTANTIATE_TEST_SUITE_P(, Utf8Test,
                         testing::Values(Utf8Case{"nothing", "", true},
                                         Utf8Case{"zero byte", std::string(1, 0), true},
                                         Utf8Case{"smallest of two bytes", "\xc2\x80", true},
                                         Utf8Case{"largest of two bytes", "\xdf\xbf", true},
                                         Utf8Case{"smallest of three", "\xe0\xa0\x80", true},
                                         Utf8Case{"before the surrogates", "\xed\x9f\xbf", true},
                                         Utf8Case{"after the surrogates", "\xee\x80\x80", true},
                                         Utf8Case{"largest of three", "\xef\xbf\xbf", true},
                                         Utf8Case{"smallest of four", "\xf0\x90\x80\x80", true},
                                         Utf8Case{"the last code point", "\xf4\x8f\xbf\xbf", true},
                                         Utf8Case{"past the last", "\xf4\x90\x80\x80", false},
                                         Utf8Case{"lead of five", "\xf8\x88\x80\x80\x80", false},
                                         Utf8Case{"continuation first", "\x80", false},
                                         Utf8Case{"overlong two", "\xc1\xbf", false},
                                         Utf8Case{"overlong three", "\xe0\x9f\xbf", false},
                                         Utf8Case{"overlong four", "\xf0\x8f\xbf\xbf", false},
                                         Utf8Case{"first surrogate", "\xed\xa0\x80", false},
                                         Utf8Case{"last surrogate", "\xed\xbf\xbf", false},
                                         Utf8Case{"cut of two", "\xc3", false},
                                         Utf8Case{"cut of three", "\xe2\x82", false},
                                         Utf8Case{"cut of four", "\xf0\x9f\x98", false},
                                         Utf8Case{"0xff", "\xff", false}));

// Undoes Escape, which shows that two different texts never give the same.
std::string Unescape(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += kind == 'n' ? '\n' : kind == 't' ? '\t' : kind;
    }
  }
  return out;
}

// Bytes of all kinds, and pieces of characters often enough to make whole ones.
rc::Gen<std::string> AnyText() {
  const auto byte = rc::gen::map(rc::gen::arbitrary<uint8_t>(),
                                 [](uint8_t b) { return std::string(1, static_cast<char>(b)); });
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "a", "\\", "\n", "\\n", "ö", "权", "😀", "\xe2\x80", "\xae", "\xc2", "\x1b", "x1b"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(byte, piece)),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& p : pieces) text += p;
                        return text;
                      });
}

RC_GTEST_PROP(EscapeProperty, IsOneLineOfUtf8AndLosesNothing, ()) {
  const std::string text = *AnyText();
  const std::string escaped = Escape(text);
  RC_ASSERT(IsUtf8(escaped));
  for (char c : escaped) RC_ASSERT(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
  RC_ASSERT(Unescape(escaped) == text);
}

}  // namespace
}  // namespace cairn
