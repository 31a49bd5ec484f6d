#include "cairn/codec/sstable/table_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

std::vector<std::string> Audit(std::string_view bytes) {
  const auto table = TableReader::Open(OpenBytes(bytes));
  EXPECT_TRUE(table.ok()) << table.status().message();
  const auto found = AuditTable(*table);
  EXPECT_TRUE(found.ok()) << found.status().message();
  std::vector<std::string> lines;
  for (const Status& status : *found)
    lines.push_back(std::string(ReasonWord(status.reason())) + " " + std::string(status.message()));
  return lines;
}

TEST(TableAuditTest, WhatAWriterLeavesIsClean) {
  EXPECT_THAT(Audit(MakeTable({{"a", "1"}, {"b", "2"}, {"c", "3"}}, 1)), testing::IsEmpty());
  EXPECT_THAT(Audit(MakeSnappyTable({{"a", "1"}, {"b", "2"}}, 1)), testing::IsEmpty());
  EXPECT_THAT(Audit(TableBytes().Finish()), testing::IsEmpty());
}

TEST(TableAuditTest, A16BytesThatBelongToNobody) {
  TableBytes table;
  table.AppendGap("before").AddBlock(BlockBytes().Add("a", "1"), "a");
  const uint64_t end = table.offset();
  table.AppendGap("xx");
  EXPECT_THAT(Audit(table.Finish()),
              testing::ElementsAre("E_PADDING t.index: offset 0: 6 bytes belong to no block",
                                   "E_PADDING t.index: offset " + std::to_string(end) +
                                       ": 2 bytes belong to no block"));
}

TEST(TableAuditTest, A6BlocksThatAreOne) {
  TableBytes table;
  const BlockHandle index = table.Append(BlockBytes(1).contents());
  EXPECT_THAT(Audit(table.FinishWithFooter(index, index)),
              testing::ElementsAre(
                  "E_OVERLAP t.index: offset 0: the block shares bytes with the one before it"));
}

TEST(TableAuditTest, BlocksInAnotherOrder) {
  TableBytes table;
  const BlockHandle b = table.Append(BlockBytes().Add("b", "2").contents());
  const BlockHandle a = table.Append(BlockBytes().Add("a", "1").contents());
  table.Index("a", a).Index("b", b);
  EXPECT_THAT(
      Audit(table.Finish()),
      testing::ElementsAre("E_ORDER t.index: offset 0: the block lies before one of smaller keys"));
}

TEST(TableAuditTest, PaddingOfTheFooter) {
  std::string bytes = MakeTable({{"a", "1"}});
  bytes[bytes.size() - 9] = 1;
  EXPECT_THAT(Audit(bytes), testing::ElementsAre(
                                testing::HasSubstr(": the footer is not as a writer leaves it")));
}

}  // namespace
}  // namespace cairn::sstable
