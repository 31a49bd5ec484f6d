// Tests what several threads may do with a MemorySession at once. Run it under ThreadSanitizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "cairn/session/memory_session.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAre;

constexpr int kTimes = 200;

class MemorySessionThreadsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(session_.Add("read", read_, {2}).ok());
    ASSERT_TRUE(session_.Add("filled", filled_, {2}).ok());
    ASSERT_TRUE(session_.Add("grown", grown_, {-1}).ok());
    ASSERT_TRUE(session_.Add("words", words_, {-1}).ok());
  }

  std::vector<float> read_ = {1, 2};
  std::vector<float> filled_ = {0, 0};
  std::vector<float> grown_;
  std::vector<std::string> words_;
  MemorySession session_;
};

TEST_F(MemorySessionThreadsTest, OneReadsADictWhileOthersFillAndAdd) {
  const TensorDict snapshot = *session_.Snapshot(std::vector<VariableId>{0});
  const auto assignment = *session_.Begin(std::vector<NewValue>{{1, {2}}, {2, {3}}, {3, {1}}});
  const auto fill = [&](size_t i, float value) {
    for (int k = 0; k < kTimes; ++k) {
      const MutableBytes buffer = assignment->buffer(i);
      for (size_t at = 0; at < buffer.size(); at += sizeof value) {
        StoreLittleEndian(buffer.data() + at, value);
      }
    }
  };
  bool is_read_right = true;
  std::vector<double> added(kTimes);
  {
    std::jthread reader([&] {
      for (int k = 0; k < kTimes; ++k) {
        const auto values = ValuesOf<float>(**snapshot.Get("read"));
        is_read_right = is_read_right && values.ok() && *values == std::vector<float>{1, 2};
      }
    });
    std::jthread filler([&] { fill(0, 7); });
    std::jthread other_filler([&] {
      fill(1, 8);
      StringTensor words;
      words.Add("word");
      assignment->SetStrings(2, words);
    });
    for (int k = 0; k < kTimes; ++k) {
      ASSERT_TRUE(session_.Add("added" + std::to_string(k), added[k]).ok());
    }
  }
  ASSERT_TRUE(assignment->Commit().ok());
  EXPECT_TRUE(is_read_right);
  EXPECT_THAT(filled_, ElementsAre(7, 7));
  EXPECT_THAT(grown_, ElementsAre(8, 8, 8));
  EXPECT_THAT(words_, ElementsAre("word"));
  EXPECT_EQ(session_.variables().size(), 4u + kTimes);
}

TEST_F(MemorySessionThreadsTest, SeveralAskTheSessionWhileOneCommitsOtherVariables) {
  std::vector<int> num_right(3);
  {
    std::vector<std::jthread> askers;
    for (int& count : num_right) {
      askers.emplace_back([&] {
        for (int k = 0; k < kTimes; ++k) {
          const bool is_right = session_.variables().size() == 4 &&
                                *session_.DimsOf("read") == std::vector<int64_t>{2} &&
                                session_.Snapshot(std::vector<VariableId>{0})->size() == 1 &&
                                session_.Begin(std::vector<NewValue>{{0, {2}}}).ok();
          count += is_right;
        }
      });
    }
    for (int k = 1; k <= kTimes; ++k) {
      ASSERT_TRUE((*session_.Begin(std::vector<NewValue>{{2, {k}}}))->Commit().ok());
    }
  }
  EXPECT_THAT(num_right, ElementsAre(kTimes, kTimes, kTimes));
  EXPECT_THAT(*session_.DimsOf("grown"), ElementsAre(kTimes));
}

}  // namespace
}  // namespace cairn
