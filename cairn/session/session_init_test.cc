#include "cairn/session/session_init.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SessionInitTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk_.CreateDirectories("run").ok());
    const Result<TensorDict> dict = DictOf({{"w", {saved_, {3}}}, {"b", {saved_, {3}}}});
    ASSERT_TRUE(dict.ok());
    const Result<SaveReport> report = Save(disk_, "run/model-1", *dict);
    ASSERT_TRUE(report.ok()) << report.status().message();
    ASSERT_TRUE(session_.Add("w", w_, {3}).ok());
  }

  const std::vector<float> saved_ = {1, 2, 3};
  std::vector<float> w_ = {0, 0, 0};
  MemorySession session_;
  MemoryFileSystem disk_;
};

TEST_F(SessionInitTest, InitGivesThePlanItApplied) {
  const Result<RestorePlan> plan = SaverRestore(disk_, "run/model-1").Init(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(w_, ElementsAre(1, 2, 3));
  EXPECT_THAT(plan->warnings, ElementsAre("in the checkpoint, but not restored: b"));
  EXPECT_THAT(plan->sources[0].note, IsEmpty());
}

TEST_F(SessionInitTest, APlanReadsNoTensorData) {
  FaultFileSystem watched(disk_);
  const Result<RestorePlan> plan = SaverRestore(watched, "run/model-1").Plan(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->Count(Match::kMatched), 1u);
  EXPECT_THAT(w_, ElementsAre(0, 0, 0));
  for (const TracedCall& call : watched.script().trace()) {
    const bool reads_data = call.call == Call::kRead && call.path.find(".data-") != call.path.npos;
    EXPECT_FALSE(reads_data) << ToString(call);
  }
}

TEST_F(SessionInitTest, AMemberFileIsUnderstoodAndSaid) {
  const Result<RestorePlan> plan = SaverRestore(disk_, "run/model-1.index").Plan(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(plan->sources[0].note, HasSubstr("run/model-1"));
  EXPECT_THAT(plan->ToString(), StartsWith(plan->sources[0].note + "\n"));
}

TEST_F(SessionInitTest, ErrorsOfThePlanNameTheCheckpoint) {
  std::vector<float> x(1);
  MemorySession other;
  ASSERT_TRUE(other.Add("x", x, {1}).ok());
  const Status status = SaverRestore(disk_, "run/model-1").Init(other).status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_THAT(std::string(status.message()), StartsWith("run/model-1: nothing to restore"));
}

TEST_F(SessionInitTest, WhatIsNotThereCannotBePlanned) {
  EXPECT_EQ(SaverRestore(disk_, "run/model-2").Plan(session_).status().reason(), Reason::kMissing);
}

TEST_F(SessionInitTest, AFileSystemThatFailsWhileVerifyingLeavesTheSession) {
  FaultFileSystem faulty(disk_);
  const SaverRestore init(faulty, "run/model-1");
  faulty.script().Inject({.call = Call::kRead, .repeat = Repeat::kSticky, .path_part = ".data-"});
  EXPECT_EQ(init.Init(session_).status().reason(), Reason::kIo);
  EXPECT_THAT(w_, ElementsAre(0, 0, 0));
}

TEST_F(SessionInitTest, EveryFlippedBitOfTheDataIsFoundBeforeAnythingIsAssigned) {
  const std::string path = "run/model-1.data-00000-of-00001";
  const std::vector<std::byte> content = *ReadWholeFile(disk_, path);
  ASSERT_EQ(content.size(), 24u);
  const SaverRestore init(disk_, "run/model-1");
  for (uint64_t bit = 12 * 8; bit < 24 * 8; ++bit) {  // "w" is the second
    ASSERT_TRUE(WriteWholeFile(disk_, path, FlipBit(content, bit)).ok());
    EXPECT_EQ(init.Init(session_).status().reason(), Reason::kCrc) << "bit " << bit;
    EXPECT_THAT(w_, ElementsAre(0, 0, 0)) << "bit " << bit;
  }
}

TEST_F(SessionInitTest, DamageIsFoundWhileValuesAreAssignedWhereThatIsAskedFor) {
  const std::string path = "run/model-1.data-00000-of-00001";
  ASSERT_TRUE(WriteWholeFile(disk_, path, FlipBit(*ReadWholeFile(disk_, path), 12 * 8)).ok());
  FaultFileSystem watched(disk_);
  const SaverRestore init(watched, "run/model-1", {.verify_first = false});
  EXPECT_EQ(init.Init(session_).status().reason(), Reason::kCrc);
  const auto reads_data = [](const TracedCall& call) {
    return call.call == Call::kRead && call.path.find(".data-") != call.path.npos;
  };
  EXPECT_EQ(std::ranges::count_if(watched.script().trace(), reads_data), 1) << "read once";
}

TEST_F(SessionInitTest, DamageOfWhatIsNotWantedDoesNotMatter) {
  const std::string path = "run/model-1.data-00000-of-00001";
  ASSERT_TRUE(WriteWholeFile(disk_, path, FlipBit(*ReadWholeFile(disk_, path), 0)).ok());
  EXPECT_TRUE(SaverRestore(disk_, "run/model-1").Init(session_).ok());
  EXPECT_THAT(w_, ElementsAre(1, 2, 3));
}

TEST_F(SessionInitTest, ADictIsRestoredUnderItsOwnRules) {
  const std::vector<float> other = {7, 8, 9};
  const DictRestore init(*DictOf({{"w:0", {other, {3}}}, {"w/Adam", {other, {3}}}}));
  const Result<RestorePlan> plan = init.Init(session_);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(w_, ElementsAre(7, 8, 9));
  EXPECT_THAT(plan->warnings, ElementsAre("in the dict, but not restored: w/Adam"));
  EXPECT_TRUE(DictRestore(TensorDict()).Init(session_).ok());
}

}  // namespace
}  // namespace cairn
