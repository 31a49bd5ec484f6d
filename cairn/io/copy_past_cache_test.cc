#include "cairn/io/copy_past_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cairn {
namespace {

TEST(CopyPastCacheTest, CopiesAllBytesAndNoOthers) {
  std::vector<std::byte> from(400);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i % 251 + 1);
  for (size_t at = 0; at < 70; ++at) {
    for (const size_t nbytes : {0, 1, 15, 63, 64, 65, 127, 128, 200, 300}) {
      std::vector<std::byte> to(500);
      const Bytes source = Bytes(from).subspan(at % 7, nbytes);
      CopyPastCache(source, to.data() + at);
      FinishCopiesPastCache();
      std::vector<std::byte> expected(500);
      std::ranges::copy(source, expected.begin() + static_cast<std::ptrdiff_t>(at));
      ASSERT_EQ(to, expected) << at << " " << nbytes;
    }
  }
}

}  // namespace
}  // namespace cairn
