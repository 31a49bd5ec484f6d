#include "cairn/codec/tensorflow/slice_key.h"

#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

using namespace std::string_view_literals;

TEST(SliceKeyTest, GivesTheName) {
  EXPECT_EQ(NameOfSliceKey("\x00w\x00\x01\x01\x02\x80\x7f\x80\x7f"sv), "w");
  EXPECT_EQ(NameOfSliceKey("\x00"
                           "emb/part\x00\x01\x01\x02\xc3\xe8\xc1\xf4\x80\xc0\x40"sv),
            "emb/part");
  EXPECT_EQ(NameOfSliceKey("\x00\x00\x01\x01\x01\x80\x7f"sv), "");
  EXPECT_EQ(NameOfSliceKey("\x00"
                           "a\x00\xff"
                           "b\xff\x00\x00\x01"sv),
            "a\0b\xff"sv);
}

TEST(SliceKeyTest, OtherKeysHaveNone) {
  for (std::string_view key : {""sv, "w"sv, "\x00"sv, "\x00w"sv, "\x00w\x00"sv, "\x00w\x00\x02"sv,
                               "\x00w\xff\x01\x00\x01"sv, "\x00w\xff"sv, "w\x00\x01"sv}) {
    EXPECT_EQ(NameOfSliceKey(key), std::nullopt);
  }
}

}  // namespace
}  // namespace cairn::tensorflow
