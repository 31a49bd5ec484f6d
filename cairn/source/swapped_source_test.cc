#include "cairn/source/swapped_source.h"

#include <gtest/gtest.h>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

std::vector<std::byte> Reversed(Bytes value, size_t unit) {
  std::vector<std::byte> swapped(value.begin(), value.end());
  for (size_t i = 0; i + unit <= swapped.size(); i += unit)
    std::reverse(swapped.begin() + i, swapped.begin() + i + unit);
  return swapped;
}

TEST(SwappedSourceTest, ReversesTheUnitsOfEveryDType) {
  std::vector<std::byte> stored(16 * 11);
  for (size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::byte>(i * 7 + 1);
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0) continue;
    SCOPED_TRACE(info.name);
    const auto dim = static_cast<int64_t>(stored.size() / info.nbytes);
    const auto source = SwapBytes(SourceOfBytes(info.dtype, {dim}, stored));
    const auto value = Reversed(stored, info.swap_nbytes);
    for (const size_t piece : {1, 3, 7, 8, 64, 1000}) EXPECT_EQ(*ReadStream(*source, piece), value);
    for (size_t from = 0; from < 24; ++from) {
      std::vector<std::byte> part(13);
      ASSERT_TRUE(source->ReadAt(from, part).ok());
      EXPECT_TRUE(std::ranges::equal(part, Bytes(value).subspan(from, part.size()))) << from;
    }
    EXPECT_EQ(source->extent().has_value(), info.swap_nbytes == 1);
  }
}

TEST(SwappedSourceTest, DamageOfTheStoredBytesIsTold) {
  const auto source = SwapBytes(DamagedSourceOf<int32_t>({3}, {1, 2, 3}));
  EXPECT_EQ(ReadStream(*source).status().reason(), Reason::kCrc);
}

TEST(SwappedSourceTest, PartsPastTheEndAreRefused) {
  const auto source = SwapBytes(SourceOf<int32_t>({3}, {1, 2, 3}));
  std::vector<std::byte> part(5);
  EXPECT_EQ(source->ReadAt(8, part).reason(), Reason::kTruncated);
}

}  // namespace
}  // namespace cairn
