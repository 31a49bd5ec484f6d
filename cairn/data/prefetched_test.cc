#include "cairn/data/prefetched.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>

namespace cairn {
namespace {

// Counts from 0, and returns nothing or an error where it is told to. Its place is the next number.
class Numbers final : public DataSource<std::unique_ptr<int64_t>> {
 public:
  Result<std::optional<std::unique_ptr<int64_t>>> Next() override {
    ++num_calls;
    while (is_closed) std::this_thread::yield();
    const int64_t number = next_;
    if (number == end) return std::optional<std::unique_ptr<int64_t>>();
    int64_t here = number;
    if (broken.compare_exchange_strong(here, -1))
      return Status(Reason::kIo, "broken at " + std::to_string(number));
    ++next_;
    return std::optional(std::make_unique<int64_t>(number));
  }
  std::string Position() const override { return std::to_string(next_); }
  Status Seek(std::string_view position) override {
    if (position == "bad") return Status(Reason::kFormat, "bad");
    next_ = std::stoll(std::string(position));
    return {};
  }

  int64_t end = -1;
  std::atomic<int64_t> broken = -1;     // fails there once
  std::atomic<bool> is_closed = false;  // Next waits
  std::atomic<int64_t> num_calls = 0;

 private:
  int64_t next_ = 0;
};

using Ahead = Prefetched<std::unique_ptr<int64_t>>;

// The next number; -1 at the end, -2 for an error.
int64_t Take(Ahead& ahead) {
  auto element = ahead.Next();
  if (!element.ok()) return -2;
  return *element ? ***element : -1;
}

template <typename Condition>
bool WaitUntil(Condition condition) {
  for (int i = 0; i < 5000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

TEST(PrefetchedTest, HandsOutInOrder) {
  Numbers numbers;
  Ahead ahead(numbers, 3);
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(ahead.Position(), std::to_string(i));
    ASSERT_EQ(Take(ahead), i);
  }
}

TEST(PrefetchedTest, ReadsNothingBeforeTheFirstNext) {
  Numbers numbers;
  {
    Ahead ahead(numbers, 3);
    ASSERT_TRUE(ahead.Seek("7").ok());
    EXPECT_EQ(numbers.num_calls, 0);
    EXPECT_EQ(Take(ahead), 7);
  }
  EXPECT_GE(numbers.num_calls, 1);
}

TEST(PrefetchedTest, ReadsAheadAndNotFurther) {
  for (const size_t max_ahead : {0, 1, 2, 5}) {
    const int64_t room = std::max<int64_t>(static_cast<int64_t>(max_ahead), 1);
    Numbers numbers;
    Ahead ahead(numbers, max_ahead);
    EXPECT_EQ(Take(ahead), 0);
    EXPECT_TRUE(WaitUntil([&] { return numbers.num_calls == 1 + room; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(numbers.num_calls, 1 + room);
    EXPECT_EQ(ahead.Position(), "1");
  }
}

TEST(PrefetchedTest, AnErrorComesInItsTurnAndOnce) {
  Numbers numbers;
  numbers.broken = 4;
  Ahead ahead(numbers, 10);
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(Take(ahead), i);
  EXPECT_EQ(ahead.Next().status().message(), "broken at 4");
  EXPECT_EQ(ahead.Position(), "4");
  for (int64_t i = 4; i < 9; ++i) EXPECT_EQ(Take(ahead), i);
}

TEST(PrefetchedTest, TheEndStaysTheEnd) {
  Numbers numbers;
  numbers.end = 3;
  Ahead ahead(numbers, 10);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(Take(ahead), i);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Take(ahead), -1);
  EXPECT_EQ(ahead.Position(), "3");
  ASSERT_TRUE(ahead.Seek("1").ok());
  EXPECT_EQ(Take(ahead), 1);
}

TEST(PrefetchedTest, SeekDropsWhatWasReadAhead) {
  Numbers numbers;
  Ahead ahead(numbers, 4);
  for (int64_t place : {50, 3, 3, 0, 99}) {
    ASSERT_TRUE(ahead.Seek(std::to_string(place)).ok());
    EXPECT_EQ(ahead.Position(), std::to_string(place));
    EXPECT_EQ(Take(ahead), place);
    EXPECT_EQ(Take(ahead), place + 1);
  }
}

TEST(PrefetchedTest, AFailedSeekLosesNothing) {
  Numbers numbers;
  Ahead ahead(numbers, 4);
  EXPECT_EQ(Take(ahead), 0);
  EXPECT_EQ(ahead.Seek("bad").reason(), Reason::kFormat);
  EXPECT_EQ(ahead.Position(), "1");
  EXPECT_EQ(Take(ahead), 1);
}

TEST(PrefetchedTest, AnotherSourceGoesOnFromItsPosition) {
  for (int64_t taken = 0; taken < 20; ++taken) {
    Numbers numbers, others;
    Ahead ahead(numbers, 7), other(others, 2);
    for (int64_t i = 0; i < taken; ++i) Take(ahead);
    ASSERT_TRUE(other.Seek(ahead.Position()).ok());
    EXPECT_EQ(Take(other), taken);
  }
}

TEST(PrefetchedTest, EndsWhileItReads) {
  Numbers numbers;
  auto ahead = std::make_unique<Ahead>(numbers, 4);
  EXPECT_EQ(Take(*ahead), 0);
  numbers.is_closed = true;
  EXPECT_TRUE(WaitUntil([&] { return numbers.num_calls >= 2; }));
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    numbers.is_closed = false;
  });
  ahead.reset();
  opener.join();
}

TEST(PrefetchedTest, EndsAtAnyMoment) {
  for (int i = 0; i < 200; ++i) {
    Numbers numbers;
    numbers.end = i % 5;
    numbers.broken = i % 7;
    Ahead ahead(numbers, 1 + i % 3);
    for (int k = 0; k < i % 6; ++k) Take(ahead);
    if (i % 2 == 0) {
      EXPECT_TRUE(ahead.Seek("0").ok());
    }
    if (i % 4 == 0) Take(ahead);
  }
}

TEST(PrefetchedTest, OneMayReadAheadOfAnother) {
  Numbers numbers;
  Ahead inner(numbers, 3);
  Ahead outer(inner, 2);
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(Take(outer), i);
  EXPECT_EQ(outer.Position(), "100");
}

}  // namespace
}  // namespace cairn
