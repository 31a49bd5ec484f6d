#include "cairn/core/parse_size.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(ParseSizeTest, KnowsBinaryAndDecimalUnits) {
  EXPECT_EQ(ParseSize("1024"), 1024u);
  EXPECT_EQ(ParseSize("0"), 0u);
  EXPECT_EQ(ParseSize("64 KiB"), 64u << 10);
  EXPECT_EQ(ParseSize("1.5GiB"), uint64_t{3} << 29);
  EXPECT_EQ(ParseSize("5GB"), 5'000'000'000u);
  EXPECT_EQ(ParseSize("5gb"), 5'000'000'000u);
  EXPECT_EQ(ParseSize("2k"), 2000u);
  EXPECT_EQ(ParseSize("7B"), 7u);
}

TEST(ParseSizeTest, RefusesOtherTexts) {
  for (const char* text : {"", "x", "-1", "1i", "1XB", "1 K iB", "1e30GB", "GB"})
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
}

}  // namespace
}  // namespace cairn
