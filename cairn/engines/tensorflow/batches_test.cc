#include "cairn/engines/tensorflow/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kMiB = uint64_t{1} << 20;

TEST(BatchesTest, NothingIsNoBatch) { EXPECT_THAT(MakeBatches({}), IsEmpty()); }

TEST(BatchesTest, WhatIsSharedIsOneBatchHoweverLarge) {
  const std::vector<BatchItem> items(500, {1024 * kMiB, false});
  ASSERT_THAT(MakeBatches(items), SizeIs(1));
  EXPECT_THAT(MakeBatches(items)[0], SizeIs(500));
}

TEST(BatchesTest, SmallCopiesGoTogether) {
  const std::vector<BatchItem> items(100, {100, true});
  EXPECT_THAT(MakeBatches(items), SizeIs(1));
}

TEST(BatchesTest, CopiesAreCutAt64MiB) {
  const std::vector<BatchItem> items = {{40 * kMiB, true},  {7, false}, {40 * kMiB, true},
                                        {200 * kMiB, true}, {0, true},  {9, false}};
  EXPECT_THAT(MakeBatches(items),
              ElementsAre(ElementsAre(1, 5), ElementsAre(0, 2), ElementsAre(3), ElementsAre(4)));
}

TEST(BatchesTest, LargeSessionsHaveFewBatches) {
  const std::vector<BatchItem> items(1000, {16 * kMiB, true});
  const auto batches = MakeBatches(items);
  EXPECT_THAT(batches, SizeIs(16));
  EXPECT_THAT(batches[0], SizeIs(63));
}

}  // namespace
}  // namespace cairn::tensorflow
