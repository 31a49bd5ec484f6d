// Frozen variables of a MemorySession, and FreezeGate beneath them.
#include "cairn/session/freeze_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "cairn/session/memory_session.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;

struct FreezeTest : testing::Test {
  std::vector<float> b = {1, 2};
  std::vector<float> a = {3};
  std::vector<std::string> words = {"x"};
  MemorySession session;

  // `b` is made before `a`, so that ids and names have different orders.
  FreezeTest() {
    EXPECT_TRUE(session.Add("b", b, {-1}).ok());
    EXPECT_TRUE(session.Add("a", a, {1}).ok());
    EXPECT_TRUE(session.Add("words", words, {1}).ok());
    session.AllowFreezing();
  }
  std::unique_ptr<FrozenVariables> Freeze(const std::vector<VariableId>& ids) {
    return *session.Freeze(ids);
  }
  // Which variables are frozen.
  std::vector<std::string> Frozen() const {
    std::vector<std::string> names;
    for (VariableId id = 0; id < 3; ++id) {
      if (session.IsFrozen(id)) names.push_back(session.variables()[id].name);
    }
    return names;
  }
};

TEST_F(FreezeTest, OnlyAProgramThatAsksCanFreeze) {
  MemorySession other;
  ASSERT_TRUE(other.Add("a", a, {1}).ok());
  EXPECT_EQ(other.Freeze(std::vector<VariableId>{0}).status().reason(), Reason::kUnsupported);
  EXPECT_FALSE(other.IsFrozen(0));
  other.WaitUntilReleased(0);
  other.WaitUntilReleased();
}

TEST_F(FreezeTest, EachIsReleasedByItself) {
  const auto frozen = Freeze({0, 1, 2});
  ASSERT_EQ(frozen->values().size(), 3u);
  EXPECT_EQ(frozen->values().name(0), "a");
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(1)), b);
  EXPECT_THAT(Frozen(), ElementsAre("b", "a", "words"));
  frozen->Release(0);
  EXPECT_THAT(Frozen(), ElementsAre("b", "words"));
  session.WaitUntilReleased(1);
  frozen->Release(2);
  EXPECT_THAT(Frozen(), ElementsAre("b"));
}

TEST_F(FreezeTest, OnesThatAreNotReleasedAreSoAtTheEnd) {
  {
    const auto frozen = Freeze({0, 1});
    frozen->Release(1);
    EXPECT_THAT(Frozen(), ElementsAre("a"));
  }
  EXPECT_THAT(Frozen(), ElementsAre());
  session.WaitUntilReleased();
}

TEST_F(FreezeTest, FrozenTwiceIsReleasedTwice) {
  auto first = Freeze({0, 1});
  const auto second = Freeze({1});
  first.reset();
  EXPECT_THAT(Frozen(), ElementsAre("a"));
  second->Release(0);
  EXPECT_THAT(Frozen(), ElementsAre());
}

TEST_F(FreezeTest, MayOutliveTheSession) {
  std::unique_ptr<FrozenVariables> frozen;
  {
    MemorySession other;
    ASSERT_TRUE(other.Add("a", a, {1}).ok());
    other.AllowFreezing();
    frozen = *other.Freeze(std::vector<VariableId>{0});
  }
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(0)), a);
  frozen->Release(0);
}

TEST_F(FreezeTest, RefusesWhatIsNotAVariable) {
  EXPECT_EQ(session.Freeze(std::vector<VariableId>{7}).status().reason(), Reason::kArgument);
  EXPECT_EQ(session.Freeze(std::vector<VariableId>{1, 1}).status().reason(), Reason::kArgument);
  EXPECT_THAT(Frozen(), ElementsAre());
}

// The program goes on with the second array: what is frozen is the memory of the first one.
TEST_F(FreezeTest, AVectorMayBeSwapped) {
  std::vector<float> next = {7, 8};
  const auto frozen = Freeze({0});
  std::swap(b, next);
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(0)), (std::vector<float>{1, 2}));
  const TensorDict now = *session.Snapshot(std::vector<VariableId>{0});
  EXPECT_EQ(*ValuesOf<float>(**now.source(0)), (std::vector<float>{7, 8}));
}

TEST_F(FreezeTest, ThreadsWaitForTheirVariableAndForAll) {
  auto frozen = Freeze({0, 1});
  std::atomic<int> num_done = 0;
  std::jthread changes_a([&] { session.WaitUntilReleased(1), a[0] = 9, ++num_done; });
  std::jthread changes_b([&] { session.WaitUntilReleased(0), b[0] = 9, ++num_done; });
  std::jthread changes_all([&] { session.WaitUntilReleased(), ++num_done; });
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(0)), std::vector<float>{3});
  EXPECT_EQ(num_done, 0);
  frozen->Release(0);
  changes_a.join();
  EXPECT_EQ(num_done, 1);
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(1)), (std::vector<float>{1, 2}));
  frozen.reset();
  changes_b.join();
  changes_all.join();
  EXPECT_EQ(num_done, 3);
}

TEST_F(FreezeTest, AnAssignmentWaits) {
  auto frozen = Freeze({1});
  std::atomic<bool> has_begun = false;
  std::jthread restores([&] {
    const auto assignment = *session.Begin(std::vector<NewValue>{{1, {1}}});
    has_begun = true;
    StoreLittleEndian(assignment->buffer(0).data(), 5.0f);
    EXPECT_TRUE(assignment->Commit().ok());
  });
  EXPECT_EQ(*ValuesOf<float>(**frozen->values().source(0)), std::vector<float>{3});
  EXPECT_FALSE(has_begun);
  frozen.reset();
  restores.join();
  EXPECT_EQ(a, std::vector<float>{5});
}

}  // namespace
}  // namespace cairn
