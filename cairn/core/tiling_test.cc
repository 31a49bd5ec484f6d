#include "cairn/core/tiling.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace cairn {
namespace {

struct Row {
  const char* what;
  std::vector<int64_t> dims;
  std::vector<Box> boxes;
  const char* error;  // "" = they tile
};

TEST(TilingTest, GapsAndOverlapsAreToldByTheirFirstElement) {
  const Row rows[] = {
      {"a scalar", {}, {{}}, ""},
      {"a scalar twice", {}, {{}, {}}, "element [] lies in 2 of the slices: they overlap"},
      {"no slice", {3}, {}, "element [0] lies in none of the slices: they leave a gap"},
      {"nothing to cover", {0, 3}, {}, ""},
      {"rows", {5, 2}, {{{3, 2}, {0, 2}}, {{0, 3}, {0, 2}}}, ""},
      {"columns", {2, 5}, {{{0, 2}, {0, 1}}, {{0, 2}, {1, 4}}}, ""},
      {"a pinwheel",
       {3, 3},
       {{{0, 1}, {0, 2}}, {{0, 2}, {2, 1}}, {{2, 1}, {1, 2}}, {{1, 2}, {0, 1}}, {{1, 1}, {1, 1}}},
       ""},
      {"a pinwheel without its middle",
       {3, 3},
       {{{0, 1}, {0, 2}}, {{0, 2}, {2, 1}}, {{2, 1}, {1, 2}}, {{1, 2}, {0, 1}}},
       "element [1,1] lies in none of the slices: they leave a gap"},
      {"a slice without elements", {2}, {{{0, 2}}, {{1, 0}}}, ""},
      {"a gap in the middle", {6}, {{{0, 2}}, {{3, 3}}}, "element [2] lies in none of the slices"},
      {"a gap at the end", {6}, {{{0, 2}}, {{2, 3}}}, "element [5] lies in none of the slices"},
      {"an overlap",
       {6},
       {{{0, 4}}, {{3, 3}}},
       "element [3] lies in 2 of the slices: they overlap"},
      {"a gap as large as an overlap",
       {2, 4},
       {{{0, 2}, {0, 2}}, {{0, 1}, {1, 2}}, {{1, 1}, {2, 2}}},
       "element [0,1] lies in 2 of the slices"},
      {"one slice three times",
       {2, 2},
       {WholeBox(std::vector<int64_t>{2, 2}), {{0, 1}, {0, 2}}, {{0, 1}, {0, 2}}},
       "element [0,0] lies in 3 of the slices"},
  };
  for (const Row& row : rows) {
    const Status status = CheckTiling(*Shape::Make(row.dims), row.boxes);
    EXPECT_EQ(status.ok(), *row.error == '\0') << row.what << ": " << status.message();
    EXPECT_TRUE(status.message().starts_with(row.error)) << row.what << ": " << status.message();
  }
}

// B16: a million slices of one tensor are judged at once.
TEST(TilingTest, AMillionSlices) {
  const auto shape = *Shape::Make({1000, 1000, 3});
  std::vector<Box> boxes;
  for (int64_t i = 0; i < 1000; ++i) {
    for (int64_t j = 0; j < 1000; ++j) boxes.push_back({{i, 1}, {j, 1}, {0, 3}});
  }
  EXPECT_TRUE(CheckTiling(shape, boxes).ok());
  boxes[500'500] = boxes[500'501];
  EXPECT_EQ(CheckTiling(shape, boxes).message(),
            "element [500,500,0] lies in none of the slices: they leave a gap");
}

TEST(TilingTest, MoreCornersThanCanBeToldApart) {
  const std::vector<int64_t> dims(30, 2);
  std::vector<Box> boxes(2, Box(30, {0, 1}));
  EXPECT_EQ(CheckTiling(*Shape::Make(dims), boxes).reason(), Reason::kLimit);
}

TEST(BoxTest, RunsComeInRowMajorOrder) {
  const std::vector<int64_t> dims = {3, 4, 5};
  const BoxRuns runs(dims, {{1, 2}, {2, 1}, {0, 5}});
  EXPECT_EQ(runs.num_runs(), 2u);
  EXPECT_EQ(runs.run_length(), 5u);
  EXPECT_EQ(runs.OffsetOf(0), 30u);
  EXPECT_EQ(runs.OffsetOf(1), 50u);
  EXPECT_EQ(runs.FirstRunPast(34), 0u);
  EXPECT_EQ(runs.FirstRunPast(35), 1u);
  EXPECT_EQ(runs.FirstRunPast(55), 2u);
  EXPECT_EQ(BoxRuns(dims, {{1, 2}, {0, 4}, {0, 5}}).num_runs(), 1u);
  EXPECT_EQ(BoxRuns(dims, {{0, 0}, {0, 4}, {0, 5}}).num_runs(), 0u);
}

TEST(BoxTest, LiesInsideOrNot) {
  const std::vector<int64_t> dims = {4, 3};
  EXPECT_TRUE(CheckBox(dims, {{0, 4}, {3, 0}}).ok());
  for (const Box& box : {Box{{0, 4}}, Box{{-1, 2}, {0, 3}}, Box{{0, -1}, {0, 3}},
                         Box{{2, 3}, {0, 3}}, Box{{INT64_MAX, INT64_MAX}, {0, 3}}}) {
    EXPECT_EQ(CheckBox(dims, box).reason(), Reason::kSlice) << ToString(box);
  }
}

}  // namespace
}  // namespace cairn
