#include "cairn/codec/npy_strings.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

using namespace std::string_literals;

StringTensor Strings(std::initializer_list<std::string> elements) {
  StringTensor strings;
  for (const std::string& element : elements) strings.Add(element);
  return strings;
}

TEST(NpyStringsTest, AsWideAsTheWidestAndOneAtLeast) {
  EXPECT_EQ(*NpyWidth(Strings({"a", "abc", std::string("\0b", 2)})), 3u);
  EXPECT_EQ(*NpyWidth(Strings({""})), 1u);
  EXPECT_EQ(*NpyWidth(Strings({})), 1u);
}

TEST(NpyStringsTest, WhatNumpyWouldLoseOrCouldNotHoldIsRefused) {
  EXPECT_EQ(NpyWidth(Strings({"a\0"s})).status().reason(), Reason::kUnsupported);
  StringTensor wide = Strings({std::string(2 << 20, 'x')});
  for (int i = 0; i < 1000; ++i) wide.Add("");
  EXPECT_EQ(NpyWidth(wide).status().reason(), Reason::kUnsupported);
}

TEST(NpyStringsTest, EachElementIsFilledWhateverThePieces) {
  const StringTensor strings = Strings({"ab", "", "a\0c"s, "abcd"});
  for (const size_t room : {1u, 3u, 4u, 5u, 100u}) {
    const auto stream = StreamNpyStrings(strings, 4);
    std::vector<std::byte> scratch(room, std::byte{0xff});
    std::string value;
    while (true) {
      const auto piece = stream->Next(scratch);
      ASSERT_TRUE(piece.ok());
      if (piece->empty()) break;
      value += AsText(*piece);
    }
    EXPECT_EQ(value, "ab\0\0\0\0\0\0a\0c\0abcd"s) << room;
  }
}

TEST(NpyStringsTest, NoElementsAreNoBytes) {
  std::byte scratch[1];
  EXPECT_TRUE(StreamNpyStrings({}, 4)->Next(scratch)->empty());
  EXPECT_TRUE(StreamNpyStrings(Strings({"", ""}), 0)->Next(scratch)->empty());
}

}  // namespace
}  // namespace cairn
