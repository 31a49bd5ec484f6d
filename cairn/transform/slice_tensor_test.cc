#include "cairn/transform/slice_tensor.h"

#include <gtest/gtest.h>

#include "cairn/source/extent_source.h"
#include "cairn/source/joined_source.h"
#include "cairn/source/swapped_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

std::vector<int32_t> Count(int32_t n) {
  std::vector<int32_t> values(static_cast<size_t>(n));
  for (int32_t i = 0; i < n; ++i) values[static_cast<size_t>(i)] = i;
  return values;
}

struct Row {
  const char* slice;
  std::vector<int64_t> dims;
  std::vector<int32_t> values;  // of [0, 24) in the shape [2, 3, 4]
};

const Row kRows[] = {
    {"", {2, 3, 4}, Count(24)},
    {"...", {2, 3, 4}, Count(24)},
    {"1", {3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
    {"-1,-1,-1", {}, {23}},
    {":,1,:", {2, 4}, {4, 5, 6, 7, 16, 17, 18, 19}},
    {":,:,2", {2, 3}, {2, 6, 10, 14, 18, 22}},
    {"...,2", {2, 3}, {2, 6, 10, 14, 18, 22}},
    {"0,...,1:3", {3, 2}, {1, 2, 5, 6, 9, 10}},
    {"0:1, 1:3 ,::3", {1, 2, 2}, {4, 7, 8, 11}},
    {"0,::2", {2, 4}, {0, 1, 2, 3, 8, 9, 10, 11}},
    {"1:,-2:,:-3", {1, 2, 1}, {16, 20}},
    {"0,5:,:", {0, 4}, {}},
    {"0,2:1", {0, 4}, {}},
    {"-9:9,0,0", {2}, {0, 12}},
};

TEST(PartTest, IsWhatNumpyTakes) {
  const auto whole = SourceOf<int32_t>({2, 3, 4}, Count(24));
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.slice);
    const auto part = SliceTensor(whole, row.slice);
    ASSERT_TRUE(part.ok()) << part.status().message();
    EXPECT_FALSE(part->is_checked);
    EXPECT_TRUE(std::ranges::equal(part->source->shape().dims(), row.dims));
    for (const size_t piece : {4, 20, 1000})
      EXPECT_EQ(*ValuesOf<int32_t>(*part->source, piece), row.values);
  }
}

// Another source, of which there is the stream alone.
class StreamedSource final : public TensorSource {
 public:
  explicit StreamedSource(std::shared_ptr<const TensorSource> base) : base_(std::move(base)) {}

  DType dtype() const override { return base_->dtype(); }
  const Shape& shape() const override { return base_->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override { return base_->OpenStream(); }

 private:
  std::shared_ptr<const TensorSource> base_;
};

// Where the value must be made, all of it is read, and checked.
TEST(PartTest, OfAStreamIsTheSame) {
  const auto whole =
      std::make_shared<const StreamedSource>(SourceOf<int32_t>({2, 3, 4}, Count(24)));
  const auto damaged =
      std::make_shared<const StreamedSource>(DamagedSourceOf<int32_t>({2, 3, 4}, Count(24)));
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.slice);
    const auto part = SliceTensor(whole, row.slice);
    ASSERT_TRUE(part.ok());
    EXPECT_TRUE(part->is_checked);
    for (const size_t piece : {1, 6, 1000})
      EXPECT_EQ(*ValuesOf<int32_t>(*part->source, piece), row.values);
    EXPECT_EQ(ReadStream(*SliceTensor(damaged, row.slice)->source).status().reason(), Reason::kCrc);
  }
}

// [0, 24) in the shape [2, 3, 4], stored in two slices of one half of the last axis.
std::shared_ptr<const TensorSource> JoinedHalves(bool is_damaged_at_the_end) {
  std::vector<JoinedSource::Slice> parts;
  for (int32_t half = 0; half < 2; ++half) {
    std::vector<int32_t> values;
    for (int32_t i = 0; i < 24; ++i) {
      if (i % 4 / 2 == half) values.push_back(i);
    }
    const bool is_damaged = half == 1 && is_damaged_at_the_end;
    parts.push_back({{{0, 2}, {0, 3}, {2 * half, 2}},
                     std::make_shared<const StreamedSource>(
                         is_damaged ? DamagedSourceOf<int32_t>({2, 3, 2}, values)
                                    : SourceOf<int32_t>({2, 3, 2}, values))});
  }
  return *JoinedSource::Make(DType::kInt32, *Shape::Make({2, 3, 4}), std::move(parts));
}

// A tensor that is joined from computed values reads, and checks, the slices that the part meets.
TEST(PartTest, OfSlicesReadsThoseThatItMeets) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.slice);
    const auto part = SliceTensor(JoinedHalves(false), row.slice);
    EXPECT_TRUE(part->is_checked);
    EXPECT_TRUE(std::ranges::equal(part->source->shape().dims(), row.dims));
    for (const size_t piece : {4, 20, 1000})
      EXPECT_EQ(*ValuesOf<int32_t>(*part->source, piece), row.values);
  }
  const auto damaged = JoinedHalves(true);
  EXPECT_TRUE(ReadStream(*SliceTensor(damaged, "...,:2")->source).ok());
  EXPECT_TRUE(ReadStream(*SliceTensor(damaged, "0,1:,1")->source).ok());
  EXPECT_EQ(ReadStream(*SliceTensor(damaged, "0,0,::2")->source).status().reason(), Reason::kCrc);
}

// A file that fails a test when a byte is read that nobody needs.
class WatchedFile final : public RandomAccessFile {
 public:
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    EXPECT_TRUE(offset >= 4000 && offset + out.size() <= 4012) << offset;
    std::ranges::fill(out, std::byte{7});
    return {};
  }
  uint64_t size() const override { return uint64_t{1} << 40; }
  const std::string& path() const override { return path_; }

 private:
  std::string path_ = "watched";
};

TEST(PartTest, NoOtherByteIsRead) {
  const int64_t dim = int64_t{1} << 38;
  const std::shared_ptr<const TensorSource> whole = *ExtentSource::Make(
      DType::kInt32, *Shape::Make({dim}),
      {std::make_shared<const WatchedFile>(), 0, uint64_t{1} << 40, Checksum{}});
  for (const auto& source : {whole, SwapBytes(whole)}) {
    const auto part = SliceTensor(source, "1000:1003");
    EXPECT_FALSE(part->is_checked);
    EXPECT_EQ(ReadStream(*part->source)->size(), 12u);
  }
}

TEST(PartTest, OfABigEndianFile) {
  std::vector<std::byte> stored(96);
  for (int32_t i = 0; i < 24; ++i)
    stored[4 * static_cast<size_t>(i) + 3] = static_cast<std::byte>(i);
  const auto whole = SwapBytes(SourceOfBytes(DType::kInt32, {2, 3, 4}, stored));
  for (const Row& row : kRows) {
    for (const size_t piece : {1, 6, 1000})
      EXPECT_EQ(*ValuesOf<int32_t>(*SliceTensor(whole, row.slice)->source, piece), row.values);
  }
}

TEST(PartTest, WhatIsNoSlice) {
  const auto whole = SourceOf<int32_t>({2, 3}, Count(6));
  for (const char* slice : {"x", "1.5", "0,0,0", "2", "-3", "::0", "::-1", "1:2:3:4", "...,...",
                            ",", "0 1", "99999999999999999999", "1:x"}) {
    EXPECT_EQ(SliceTensor(whole, slice).status().reason(), Reason::kArgument) << slice;
  }
}

}  // namespace
}  // namespace cairn
