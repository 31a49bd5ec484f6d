#include "cairn/codec/tensorflow/saved_tensor.h"

#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

TEST(SliceSpecTest, GivesTheWholeAndTheSlice) {
  const auto spec = ParseSliceSpec("10 20 0,5:-");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->dims, (std::vector<int64_t>{10, 20}));
  EXPECT_EQ(spec->slice, (TensorSlice{{0, 5}, {0, kWholeDimension}}));
  EXPECT_TRUE(ParseSliceSpec("7 6,1").ok());
}

TEST(SliceSpecTest, EverythingElseIsAnError) {
  for (const char* const text : {"",
                                 " ",
                                 "-",
                                 "10",
                                 "10 ",
                                 "10 0,5:-",
                                 "10 20 0,5",
                                 "10 5,6",
                                 "10 -1,2",
                                 "10 0,0",
                                 "10 0,",
                                 "10 ,5",
                                 "10 0,5,5",
                                 "10 0;5",
                                 "ten 0,5",
                                 "10  0,5",
                                 "-1 -",
                                 "10 0,5:",
                                 "99999999999999999999 0,5",
                                 "9223372036854775807 9223372036854775807 -:-"}) {
    EXPECT_FALSE(ParseSliceSpec(text).ok()) << text;
  }
}

}  // namespace
}  // namespace cairn::tensorflow
