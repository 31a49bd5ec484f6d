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

Result<NpyStringType> TypeFor(const StringTensor& strings, std::string_view stored_as) {
  return ChooseNpyStringType(*StreamStrings(strings), stored_as);
}

std::string DescrFor(const StringTensor& strings, std::string_view stored_as = "") {
  return TypeFor(strings, stored_as)->descr();
}

TEST(NpyStringsTest, AsWideAsTheWidestAndOneAtLeast) {
  EXPECT_EQ(DescrFor(Strings({"a", "abc", std::string("\0b", 2)})), "|S3");
  EXPECT_EQ(DescrFor(Strings({""})), "|S1");
  EXPECT_EQ(DescrFor(Strings({})), "|S1");
}

TEST(NpyStringsTest, WhatNumpyWouldLoseOrCouldNotHoldIsRefused) {
  EXPECT_EQ(TypeFor(Strings({"a\0"s}), "").status().reason(), Reason::kUnsupported);
  EXPECT_EQ(TypeFor(Strings({"a\0"s}), "<U2").status().reason(), Reason::kUnsupported);
  EXPECT_EQ(TypeFor(Strings({"a", "b"}), "<U268435455").status().reason(), Reason::kUnsupported);
  StringTensor wide = Strings({std::string(2 << 20, 'x')});
  for (int i = 0; i < 1000; ++i) wide.Add("");
  EXPECT_EQ(TypeFor(wide, "").status().reason(), Reason::kUnsupported);
}

TEST(NpyStringsTest, TextStaysTextAsWideAsItWas) {
  EXPECT_EQ(DescrFor(Strings({"a", "\xc3\xb6"}), "<U5"), "<U5");
  EXPECT_EQ(DescrFor(Strings({"\xc3\xb6\xc3\xb6"}), "<U1"), "<U2");
  EXPECT_EQ(DescrFor(Strings({}), "<U7"), "<U7");
  // Strings that are not UTF-8 any more would not come back as they are.
  EXPECT_EQ(DescrFor(Strings({"a", "\xff\xff"}), "<U5"), "|S2");
  EXPECT_EQ(DescrFor(Strings({"a"}), "datetime64[ns]"), "|S1");
}

std::string Streamed(const StringTensor& strings, NpyStringType type, size_t room) {
  const auto stream = StreamNpyStrings(StreamStrings(strings), type);
  std::vector<std::byte> scratch(room, std::byte{0xff});
  std::string value;
  while (true) {
    const auto piece = stream->Next(scratch);
    EXPECT_TRUE(piece.ok());
    if (!piece.ok() || piece->empty()) return value;
    value += AsText(*piece);
  }
}

TEST(NpyStringsTest, EachElementIsFilledWhateverThePieces) {
  const StringTensor strings = Strings({"ab", "", "a\0c"s, "abcd"});
  for (const size_t room : {1u, 3u, 4u, 5u, 100u})
    EXPECT_EQ(Streamed(strings, {false, 4}, room), "ab\0\0\0\0\0\0a\0c\0abcd"s) << room;
}

TEST(NpyStringsTest, TextIsUcs4) {
  const StringTensor strings = Strings({"\xc3\xb6", "", "a\xf0\x9f\x98\x80"});
  for (const size_t room : {1u, 3u, 4u, 5u, 100u})
    EXPECT_EQ(Streamed(strings, {true, 2}, room),
              "\xf6\0\0\0\0\0\0\0"
              "\0\0\0\0\0\0\0\0"
              "a\0\0\0\0\xf6\1\0"s)
        << room;
}

TEST(NpyStringsTest, NoElementsAreNoBytes) {
  std::byte scratch[1];
  EXPECT_TRUE(StreamNpyStrings(StreamStrings({}), {false, 4})->Next(scratch)->empty());
  EXPECT_TRUE(
      StreamNpyStrings(StreamStrings(Strings({"", ""})), {false, 0})->Next(scratch)->empty());
}

TEST(NpyStringsTest, AnElementThatHasGrownIsAnError) {
  std::byte scratch[8];
  const auto stream = StreamNpyStrings(StreamStrings(Strings({"ab", "abc"})), {false, 2});
  EXPECT_EQ(stream->Next(scratch).status().reason(), Reason::kSize);
}

}  // namespace
}  // namespace cairn
