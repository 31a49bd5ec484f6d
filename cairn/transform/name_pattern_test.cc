#include "cairn/transform/name_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using ::testing::HasSubstr;

struct MatchCase {
  const char* glob;
  std::string name;
  bool matches;
};

class GlobTest : public testing::TestWithParam<MatchCase> {};

TEST_P(GlobTest, MatchesWholeNames) {
  const Result<NamePattern> pattern = NamePattern::Make(GetParam().glob, PatternSyntax::kGlob);
  ASSERT_TRUE(pattern.ok()) << pattern.status().message();
  EXPECT_EQ(pattern->Matches(GetParam().name), GetParam().matches)
      << GetParam().glob << " on " << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    , GlobTest,
    testing::Values(
        // Plain text, all of it.
        MatchCase{"fc/W", "fc/W", true}, MatchCase{"fc/W", "fc/W2", false},
        MatchCase{"fc/W", "a/fc/W", false}, MatchCase{"", "", true}, MatchCase{"", "a", false},
        MatchCase{"a.b+c(d)|e^f$", "a.b+c(d)|e^f$", true}, MatchCase{"a.b", "axb", false},
        // One star stays inside a part.
        MatchCase{"*", "fc", true}, MatchCase{"*", "fc/W", false}, MatchCase{"*", "", true},
        MatchCase{"fc/*", "fc/W", true}, MatchCase{"fc/*", "fc/W/Adam", false},
        MatchCase{"fc*/W", "fc12/W", true}, MatchCase{"*/W", "/W", true},
        // Two cross.
        MatchCase{"**", "a/b/c", true}, MatchCase{"**", "", true}, MatchCase{"**/W", "W", true},
        MatchCase{"**/W", "a/b/W", true}, MatchCase{"**/W", "a/xW", false},
        MatchCase{"a/**/b", "a/b", true}, MatchCase{"a/**/b", "a/x/y/b", true},
        MatchCase{"a/**/b", "a/xb", false}, MatchCase{"a/**", "a/b/c", true},
        MatchCase{"a/**", "a", false}, MatchCase{"a**b", "a/x/b", true},
        MatchCase{"***", "a/b", true},
        // One character.
        MatchCase{"?", "a", true}, MatchCase{"?", "/", false}, MatchCase{"?", "ab", false},
        MatchCase{"?", "é", true}, MatchCase{"??", "é", false}, MatchCase{"?", "\xff", true},
        MatchCase{"??", "\xc3\xff", true}, MatchCase{"?", "\n", true}, MatchCase{"*", "\n\n", true},
        MatchCase{"**/W", "a\nb/W", true}, MatchCase{"a?b", std::string("a\0b", 3), true},
        // Sets.
        MatchCase{"fc[01]", "fc1", true}, MatchCase{"fc[01]", "fc2", false},
        MatchCase{"fc[0-9]", "fc7", true}, MatchCase{"fc[!0-9]", "fc7", false},
        MatchCase{"fc[^0-9]", "fcx", true}, MatchCase{"a[!b]c", "a/c", false},
        MatchCase{"[]]", "]", true}, MatchCase{"[a\\]b]", "]", true}, MatchCase{"[-a]", "-", true},
        MatchCase{"[a-]", "-", true}, MatchCase{"[é-ü]", "ö", true}, MatchCase{"[.]", "x", false},
        MatchCase{"[[:alpha:]", ":", true}, MatchCase{"[\\d]", "5", false},
        // A name as it is shown.
        MatchCase{"w[0]", "w[0]", true}, MatchCase{"w[0]", "w0", true},
        MatchCase{"bad\\xff", "bad\xff", true}, MatchCase{"bad\\xff", "bad\xfe", false},
        MatchCase{"\\x1b[31m", "\x1b[31m", true}, MatchCase{"\\x1b[31m", "\x1b", false},
        MatchCase{"new\\nline", "new\nline", true}, MatchCase{"a\\\\b", "a\\b", true},
        // The characters themselves.
        MatchCase{"\\*", "*", true}, MatchCase{"\\*", "x", false},
        MatchCase{"glob\\*\\?\\[x\\]", "glob*?[x]", true}, MatchCase{"\\\\", "\\", true},
        MatchCase{"\\d", "5", false}));

TEST(NamePatternTest, MatchesBytesWhereThePatternIsNotUtf8) {
  const Result<NamePattern> pattern = NamePattern::Make("w\xff*", PatternSyntax::kGlob);
  ASSERT_TRUE(pattern.ok()) << pattern.status().message();
  EXPECT_TRUE(pattern->Matches("w\xff"));
  EXPECT_TRUE(pattern->Matches("w\xff\xfe"));
  EXPECT_FALSE(pattern->Matches("w\xfe"));
}

TEST(NamePatternTest, RegexMatchesAnywhereUnlessAnchored) {
  const Result<NamePattern> inside = NamePattern::Make("W|b", PatternSyntax::kRegex);
  ASSERT_TRUE(inside.ok());
  EXPECT_TRUE(inside->Matches("fc/W/Adam"));
  EXPECT_FALSE(inside->Matches("fc/gamma"));
  const Result<NamePattern> anchored = NamePattern::Make("^fc\\d+/W$", PatternSyntax::kRegex);
  ASSERT_TRUE(anchored.ok());
  EXPECT_TRUE(anchored->Matches("fc10/W"));
  EXPECT_FALSE(anchored->Matches("fc10/W/Adam"));
  EXPECT_EQ(anchored->text(), "^fc\\d+/W$");
}

struct BadPattern {
  std::string text;
  PatternSyntax syntax;
  const char* says;
};

class BadPatternTest : public testing::TestWithParam<BadPattern> {};

TEST_P(BadPatternTest, IsNamedInTheError) {
  const Result<NamePattern> pattern = NamePattern::Make(GetParam().text, GetParam().syntax);
  ASSERT_FALSE(pattern.ok());
  EXPECT_EQ(pattern.status().reason(), Reason::kArgument);
  EXPECT_THAT(std::string(pattern.status().message()), HasSubstr("pattern '"));
  EXPECT_THAT(std::string(pattern.status().message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    , BadPatternTest,
    testing::Values(BadPattern{"fc[01", PatternSyntax::kGlob, "the '[' at position 2"},
                    BadPattern{"[", PatternSyntax::kGlob, "is not closed"},
                    BadPattern{"[]", PatternSyntax::kGlob, "is not closed"},
                    BadPattern{"a\\", PatternSyntax::kGlob, "ends in a single '\\'"},
                    BadPattern{"a[/]b", PatternSyntax::kGlob, "cannot stand for '/'"},
                    BadPattern{"a[+-9]b", PatternSyntax::kGlob, "cannot stand for '/'"},
                    BadPattern{"a[#-\u00e9]b", PatternSyntax::kGlob, "cannot stand for '/'"},
                    BadPattern{"[z-a]", PatternSyntax::kGlob, "invalid character class range"},
                    BadPattern{"a(b", PatternSyntax::kRegex, "missing )"},
                    BadPattern{"(?:x{1000}){1000}", PatternSyntax::kRegex,
                               "invalid repetition size"}));

}  // namespace
}  // namespace cairn
