#include "cairn/source/read_once_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/source/extent_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

struct ReadOnceTest : testing::Test {
  std::vector<float> floats = {1, 2, 3};
  int num_read = 0;
  std::shared_ptr<const TensorSource> source = ReadOnceSource(
      *ExtentSource::Make(
          DType::kFloat32, *Shape::Make({3}),
          {std::make_shared<MemoryFile>(std::as_bytes(std::span<const float>(floats)), "memory"), 0,
           12, std::nullopt}),
      [this] { ++num_read; });
  std::vector<std::byte> scratch = std::vector<std::byte>(8);
};

TEST_F(ReadOnceTest, HasTheValueAsAStreamAlone) {
  EXPECT_EQ(source->dtype(), DType::kFloat32);
  EXPECT_EQ(source->nbytes(), 12u);
  EXPECT_FALSE(source->extent());
  EXPECT_FALSE(source->has_random_access());
  EXPECT_EQ(source->ReadAt(0, scratch).reason(), Reason::kUnsupported);
  EXPECT_EQ(*ValuesOf<float>(*source), floats);
  EXPECT_EQ(num_read, 1);
}

TEST_F(ReadOnceTest, SaysThatItWasReadWhenTheStreamIsGone) {
  {
    const auto stream = *source->OpenStream();
    while (!stream->Next(scratch)->empty()) EXPECT_EQ(num_read, 0);
    EXPECT_EQ(num_read, 0);
  }
  EXPECT_EQ(num_read, 1);
  EXPECT_EQ(source->OpenStream().status().reason(), Reason::kGone);
  EXPECT_EQ(num_read, 1);
}

TEST_F(ReadOnceTest, AStreamThatWasNotReadToItsEndDoesNotCount) {
  for (int i = 0; i < 2; ++i) {
    const auto stream = *source->OpenStream();
    ASSERT_TRUE(stream->Next(scratch).ok());
  }
  EXPECT_EQ(num_read, 0);
  EXPECT_EQ(*ValuesOf<float>(*source), floats);
  EXPECT_EQ(num_read, 1);
}

TEST_F(ReadOnceTest, WaitsForOtherStreams) {
  auto other = *source->OpenStream();
  EXPECT_EQ(*ValuesOf<float>(*source), floats);
  EXPECT_EQ(num_read, 0);
  EXPECT_EQ(source->OpenStream().status().reason(), Reason::kGone);
  ASSERT_TRUE(other->Next(scratch).ok());
  other.reset();
  EXPECT_EQ(num_read, 1);
}

TEST_F(ReadOnceTest, SaysNothingWhereItWasNeverRead) {
  source.reset();
  EXPECT_EQ(num_read, 0);
}

}  // namespace
}  // namespace cairn
