#include "cairn/state/checkpoint_files.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(CheckpointFilesTest, TheStepStandsBehindTheLastDash) {
  EXPECT_EQ(StepOfName("model-20"), 20);
  EXPECT_EQ(StepOfName("model.ckpt-0"), 0);
  EXPECT_EQ(StepOfName("a-1-002"), 2);
  EXPECT_EQ(StepOfName("model-9223372036854775807"), INT64_MAX);
  for (const char* name : {"", "-", "model", "model-", "resnet50", "20", "model-1x", "model-x1",
                           "model-1_0", "model- 7", "model-+7", "model-9223372036854775808"})
    EXPECT_EQ(StepOfName(name), std::nullopt) << name;
}

}  // namespace
}  // namespace cairn
