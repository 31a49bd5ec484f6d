#include "cairn/data/replayed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::HasSubstr;

struct ReplayedTest : testing::Test {
  int next = 0, end = 10, broken = -1, restarts = 0;
  std::function<Result<std::optional<int>>()> take = [this]() -> Result<std::optional<int>> {
    if (next == broken) return Status(Reason::kIo, "broken");
    if (next == end) return std::optional<int>();
    return std::optional(next++);
  };
  std::function<Status()> restart = [this] { return next = 0, ++restarts, Status(); };
};

TEST_F(ReplayedTest, PassesOverWhatWasTaken) {
  Replayed<int> source(take, restart);
  ASSERT_TRUE(source.Seek("taken=4").ok());
  EXPECT_EQ(restarts, 0) << "data that are at their begin are not begun again";
  EXPECT_EQ(source.Next().value(), 4);
  EXPECT_EQ(source.Position(), "taken=5");
  ASSERT_TRUE(source.Seek("taken=7").ok());
  EXPECT_EQ(restarts, 0);
  ASSERT_TRUE(source.Seek("taken=2").ok());
  EXPECT_EQ(restarts, 1);
  EXPECT_EQ(source.Next().value(), 2);
}

TEST_F(ReplayedTest, WithoutARestartItOnlyGoesForward) {
  Replayed<int> source(take, nullptr);
  ASSERT_TRUE(source.Seek("taken=3").ok());
  const Status status = source.Seek("taken=2");
  EXPECT_EQ(status.reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(status.message()), HasSubstr("from element 3 to element 2"));
  EXPECT_EQ(source.Next().value(), 3);
}

TEST_F(ReplayedTest, DataThatHaveBecomeFewerAreNoticed) {
  Replayed<int> source(take, restart);
  const Status status = source.Seek("taken=11");
  EXPECT_EQ(status.reason(), Reason::kMismatch);
  EXPECT_THAT(std::string(status.message()), HasSubstr("end after 10 elements, 11 were taken"));
  EXPECT_EQ(source.Next().value(), std::nullopt);
  EXPECT_EQ(source.Position(), "taken=10");
}

TEST_F(ReplayedTest, ErrorsOfTheDataAreErrors) {
  broken = 2;
  Replayed<int> source(take, [] { return Status(Reason::kEngine, "cannot begin again"); });
  EXPECT_EQ(source.Seek("taken=3").reason(), Reason::kIo);
  EXPECT_EQ(source.Position(), "taken=2");
  EXPECT_EQ(source.Seek("taken=1").reason(), Reason::kEngine);
}

}  // namespace
}  // namespace cairn
