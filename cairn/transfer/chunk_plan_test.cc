#include "cairn/transfer/chunk_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Plan {
  const char* name;
  std::vector<uint64_t> sizes;
  bool may_be_cut;
};

struct Alignment {
  Cuts cuts;
  uint64_t nbytes;
};
constexpr Alignment kAlignments[] = {{Cuts::kAlongValue, 4096},
                                     {Cuts::kAlongFile, kFileBlockNbytes}};

std::vector<PlanItem> ItemsOf(const Plan& plan) {
  std::vector<PlanItem> items;
  uint64_t offset = 60'001;
  for (uint64_t nbytes : plan.sizes) {
    items.push_back({&plan, offset, nbytes, plan.may_be_cut});
    offset += nbytes;
  }
  return items;
}

std::vector<Chunk> AllChunks(const ChunkPlan& plan) {
  std::vector<Chunk> all;
  for (size_t task = 0; task < plan.num_tasks(); ++task) {
    for (const Chunk& chunk : plan.Chunks(task)) all.push_back(chunk);
  }
  return all;
}

class ChunkPlanTest : public testing::TestWithParam<Plan> {};

TEST_P(ChunkPlanTest, EveryByteIsInExactlyOnePiece) {
  const std::vector<PlanItem> items = ItemsOf(GetParam());
  for (const auto& [cuts, alignment] : kAlignments) {
    const ChunkPlan plan = *ChunkPlan::Make(items, cuts);
    std::vector<uint64_t> next(items.size(), 0);
    std::vector<int> num_chunks(items.size(), 0);
    for (const Chunk& chunk : AllChunks(plan)) {
      EXPECT_EQ(chunk.begin, next[chunk.item]);
      const uint64_t start = cuts == Cuts::kAlongFile ? items[chunk.item].offset : 0;
      EXPECT_TRUE(chunk.begin == 0 || (start + chunk.begin) % alignment == 0) << chunk.begin;
      EXPECT_LE(chunk.begin + chunk.nbytes, items[chunk.item].nbytes);
      next[chunk.item] = chunk.begin + chunk.nbytes;
      ++num_chunks[chunk.item];
    }
    for (size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(next[i], items[i].nbytes) << "item " << i;
      EXPECT_GE(num_chunks[i], 1) << "item " << i;
      const bool is_whole = !items[i].may_be_cut || items[i].nbytes == 0;
      EXPECT_TRUE(num_chunks[i] == 1 || !is_whole) << "item " << i;
    }
  }
}

TEST_P(ChunkPlanTest, NoTaskIsLongerThanAChunkWhereValuesMayBeCut) {
  if (!GetParam().may_be_cut) return;
  for (const auto& [cuts, alignment] : kAlignments) {
    const ChunkPlan plan = *ChunkPlan::Make(ItemsOf(GetParam()), cuts);
    for (size_t task = 0; task < plan.num_tasks(); ++task) {
      uint64_t nbytes = 0;
      for (const Chunk& chunk : plan.Chunks(task)) nbytes += chunk.nbytes;
      EXPECT_LE(nbytes, kChunkNbytes + alignment);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , ChunkPlanTest,
    testing::Values(Plan{"Nothing", {}, true}, Plan{"OneEmpty", {0}, true},
                    Plan{"OneByte", {1}, true}, Plan{"JustBelowAChunk", {4 * kMiB - 257}, true},
                    Plan{"AChunkWithItsCost", {4 * kMiB - 256}, true},
                    Plan{"AChunk", {4 * kMiB}, true}, Plan{"PastAChunk", {4 * kMiB + 1}, true},
                    Plan{"Mixed", {9 * kMiB, 0, 1, 4095, 5 * kMiB, 0, 4 * kMiB - 1, 3}, true},
                    Plan{"ManySmall", std::vector<uint64_t>(100'000, 36), true},
                    Plan{"ManyEmpty", std::vector<uint64_t>(100'000, 0), true},
                    Plan{"Streams", {9 * kMiB, 0, 1, 40 * kMiB, 12}, false}),
    [](const auto& param) { return param.param.name; });

TEST(ChunkPlanOrderTest, GoesByFileAndOffset) {
  const int first = 0;
  const PlanItem items[] = {{&first, 200, 10, true},
                            {&first, 0, 10, true},
                            {nullptr, 7, 10, true},
                            {&first, 90, 10, true}};
  std::vector<size_t> order;
  for (const Chunk& chunk : AllChunks(*ChunkPlan::Make(items))) order.push_back(chunk.item);
  EXPECT_EQ(order, (std::vector<size_t>{2, 1, 3, 0}));
}

TEST(ChunkPlanOrderTest, SmallItemsShareATask) {
  const ChunkPlan plan = *ChunkPlan::Make(std::vector<PlanItem>(1000, {nullptr, 0, 100, true}));
  EXPECT_EQ(plan.num_tasks(), 1u);
  EXPECT_EQ(plan.total_nbytes(), 100'000u);
}

TEST(ChunkPlanOrderTest, AMillionEmptyItemsAreMoreThanOneTask) {
  const ChunkPlan plan = *ChunkPlan::Make(std::vector<PlanItem>(1'000'000, {nullptr, 0, 0, true}));
  EXPECT_GT(plan.num_tasks(), 10u);
}

// Entries of a hostile index may all name the whole of a large file.
TEST(ChunkPlanOrderTest, OverlappingGiantsTakeNoMemoryAndDoNotOverflow) {
  const std::vector<PlanItem> items(1000, {nullptr, 0, uint64_t{1} << 53, true});
  const ChunkPlan plan = *ChunkPlan::Make(items);
  EXPECT_EQ(plan.Chunks(plan.num_tasks() - 1).back().item, 999u);
  const auto refused = ChunkPlan::Make(std::vector<PlanItem>(3, {nullptr, 0, INT64_MAX, true}));
  EXPECT_EQ(refused.status().reason(), Reason::kOverflow);
}

}  // namespace
}  // namespace cairn
