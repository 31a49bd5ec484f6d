#include "cairn/core/utf8.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(CodePointTest, EveryCodePointComesBack) {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    AppendUtf8(code, text);
    const CodePoint first = FirstCodePoint(text);
    ASSERT_EQ(first.value, code);
    ASSERT_EQ(first.nbytes, text.size()) << code;
    ASSERT_EQ(CountCodePoints(text + text), 2u) << code;
  }
}

TEST(CodePointTest, MalformedBytesAreNoCodePoint) {
  for (const std::string_view text :
       {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
    EXPECT_EQ(FirstCodePoint(text).nbytes, 0u) << text;
}

}  // namespace
}  // namespace cairn
