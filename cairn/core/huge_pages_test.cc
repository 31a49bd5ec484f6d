#include "cairn/core/huge_pages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace cairn {
namespace {

TEST(HugePagesTest, MemoryIsZeroedAndItsOwn) {
  for (const uint64_t nbytes : {uint64_t{1}, uint64_t{4096}, kHugePageNbytes - 1, kHugePageNbytes,
                                kHugePageNbytes + 1, 3 * kHugePageNbytes}) {
    std::byte* const memory = MapMemory(nbytes);
    ASSERT_NE(memory, nullptr) << nbytes;
    const bool is_large = nbytes >= kHugePageNbytes;
    EXPECT_TRUE(!is_large || reinterpret_cast<uintptr_t>(memory) % kHugePageNbytes == 0) << nbytes;
    EXPECT_EQ(memory[0], std::byte{0});
    EXPECT_EQ(memory[nbytes - 1], std::byte{0});
    std::memset(memory, 1, nbytes);
    UnmapMemory(memory, nbytes);
  }
}

TEST(HugePagesTest, WhatNoMachineHasIsNull) {
  for (const uint64_t nbytes : {uint64_t{1} << 62, uint64_t{INT64_MAX}, UINT64_MAX})
    EXPECT_EQ(MapMemory(nbytes), nullptr) << nbytes;
}

TEST(HugePagesTest, WhatWasGivenBackIsTakenAgain) {
  for (const uint64_t nbytes : {uint64_t{100}, kHugePageNbytes, 3 * kHugePageNbytes - 1}) {
    std::byte* const first = TakeMemory(nbytes);
    std::byte* const second = TakeMemory(nbytes);
    ASSERT_NE(first, second);
    std::memset(first, 1, nbytes);
    std::memset(second, 2, nbytes);
    GiveBackMemory(first, nbytes);
    GiveBackMemory(second, nbytes);
    std::byte* const again = TakeMemory(nbytes);
    EXPECT_TRUE(nbytes < kHugePageNbytes || again == second) << nbytes;
    std::memset(again, 3, nbytes);
    GiveBackMemory(again, nbytes);
  }
}

TEST(HugePagesTest, ThreadsTakeMemoryOfTheirOwn) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 200; ++round) {
        std::byte* const memory = TakeMemory(kHugePageNbytes);
        memory[0] = memory[kHugePageNbytes - 1] = static_cast<std::byte>(i);
        std::this_thread::yield();
        EXPECT_EQ(memory[0], static_cast<std::byte>(i));
        EXPECT_EQ(memory[kHugePageNbytes - 1], static_cast<std::byte>(i));
        GiveBackMemory(memory, kHugePageNbytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(HugePagesTest, ContainersGrowFromSmallMemoryIntoLarge) {
  std::vector<uint64_t, HugePageAllocator<uint64_t>> numbers;
  std::basic_string<char, std::char_traits<char>, HugePageAllocator<char>> text;
  for (uint64_t i = 0; i < kHugePageNbytes; ++i) {
    numbers.push_back(i);
    text += static_cast<char>('a' + i % 26);
  }
  const auto copy = numbers;
  for (uint64_t i = 0; i < kHugePageNbytes; ++i) {
    ASSERT_EQ(copy[i], i);
    ASSERT_EQ(text[i], static_cast<char>('a' + i % 26));
  }
}

TEST(HugePagesTest, AContainerThatIsTooLargeThrows) {
  std::vector<uint64_t, HugePageAllocator<uint64_t>> numbers;
  EXPECT_THROW(numbers.reserve(uint64_t{1} << 58), std::bad_alloc);
}

}  // namespace
}  // namespace cairn
