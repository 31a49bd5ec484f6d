// zlib packs, and is a second opinion on what is damaged.
#include "cairn/codec/zip/inflater.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <optional>
#include <string>

#include "cairn/testing/sample_bytes.h"

namespace cairn {
namespace {

constexpr int kRawDeflate = -15;

std::string Pack(const std::string& plain, int level, int strategy) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, kRawDeflate, 8, strategy), Z_OK);
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

struct Inflated {
  std::string plain;
  size_t nbytes_behind = 0;

  friend bool operator==(const Inflated&, const Inflated&) = default;
};

constexpr size_t kMost = 4 << 20;  // of what damaged bytes become

// Returns nothing if the bytes are not a deflate stream, or do not end.
std::optional<Inflated> ByZlib(std::string packed) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, kRawDeflate), Z_OK);
  static std::string room(kMost, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(room.data());
  stream.avail_out = static_cast<uInt>(room.size());
  const bool is_done = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  Inflated inflated{room.substr(0, stream.total_out), stream.avail_in};
  inflateEnd(&stream);
  if (!is_done) return std::nullopt;
  return inflated;
}

// `taken` bytes of `packed` at a time, into rooms of `given`.
std::optional<Inflated> ByPieces(const std::string& packed, size_t taken, size_t given) {
  auto inflater = Inflater::Make();
  EXPECT_TRUE(inflater.ok());
  Inflated inflated;
  std::string room(given, '\0');
  Bytes waiting = AsBytes(packed);
  Bytes piece;
  while (!inflater->is_done()) {
    if (piece.empty()) {
      piece = waiting.first(std::min(taken, waiting.size()));
      waiting = waiting.subspan(piece.size());
    }
    const size_t before = piece.size();
    const auto count =
        inflater->Inflate(piece, MutableBytes(reinterpret_cast<std::byte*>(room.data()), given));
    if (!count.ok()) return std::nullopt;
    inflated.plain.append(room, 0, *count);
    const bool is_stuck = *count == 0 && piece.size() == before && !inflater->is_done();
    if (is_stuck && (before > 0 || waiting.empty())) return std::nullopt;
    if (inflated.plain.size() > kMost) return std::nullopt;
  }
  inflated.nbytes_behind = piece.size() + waiting.size() + inflater->num_behind_end();
  return inflated;
}

struct Packer {
  int level;
  int strategy;
};
constexpr Packer kPackers[] = {{0, Z_DEFAULT_STRATEGY},
                               {1, Z_DEFAULT_STRATEGY},
                               {9, Z_DEFAULT_STRATEGY},
                               {6, Z_HUFFMAN_ONLY},
                               {6, Z_FIXED}};

TEST(InflaterTest, GivesWhatWasPackedHoweverItIsCut) {
  for (const auto& [level, strategy] : kPackers) {
    for (const std::string& plain :
         {std::string(), std::string("x"), SampleText(100), SampleText(300'000),
          SampleNoise(100'000), std::string(1'000'000, '\0')}) {
      const std::string packed = Pack(plain, level, strategy);
      for (const size_t taken : {size_t{1}, size_t{7}, size_t{65'536}}) {
        for (const size_t given : {size_t{1}, size_t{4'093}, size_t{1} << 20}) {
          if (std::min(taken, given) == 1 && plain.size() > 1'000)
            continue;  // takes long, shows no more
          const auto inflated = ByPieces(packed, taken, given);
          ASSERT_TRUE(inflated) << level << " " << strategy << " " << taken << " " << given;
          EXPECT_TRUE(inflated->plain == plain);
          EXPECT_EQ(inflated->nbytes_behind, 0u);
        }
      }
    }
  }
}

TEST(InflaterTest, TellsWhatLiesBehindTheEnd) {
  for (const auto& [level, strategy] : kPackers) {
    const std::string packed = Pack(SampleText(1'000), level, strategy);
    for (size_t extra = 1; extra < 20; ++extra) {
      for (const size_t taken : {size_t{1}, size_t{5}, size_t{65'536}}) {
        for (const size_t given : {size_t{10}, size_t{1'000}, size_t{5'000}}) {
          const auto inflated = ByPieces(packed + std::string(extra, '\x5a'), taken, given);
          ASSERT_TRUE(inflated);
          EXPECT_EQ(inflated->nbytes_behind, extra);
        }
      }
    }
  }
}

TEST(InflaterTest, EveryCutIsSeen) {
  for (const auto& [level, strategy] : kPackers) {
    const std::string packed = Pack(SampleText(2'000), level, strategy);
    for (size_t nbytes = 0; nbytes < packed.size(); ++nbytes) {
      for (const size_t given : {size_t{100}, size_t{1} << 20})
        EXPECT_FALSE(ByPieces(packed.substr(0, nbytes), 64, given)) << nbytes;
    }
  }
}

// Every stream that zlib takes is taken, with the same result. (ISA-L takes sets of codes, too, of
// which some are never used and zlib refuses them all. What those become is left to the checksum of
// the member.)
TEST(InflaterTest, WhatZlibTakesWithATurnedBitIsTakenAlike) {
  for (const auto& [level, strategy] : kPackers) {
    const std::string packed = Pack(SampleText(700) + SampleNoise(100), level, strategy);
    for (size_t bit = 0; bit < packed.size() * 8; ++bit) {
      std::string damaged = packed;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      const auto expected = ByZlib(damaged);
      for (const size_t taken : {size_t{3}, size_t{65'536}}) {
        const auto inflated = ByPieces(damaged, taken, 50'000);
        EXPECT_TRUE(inflated == expected || !expected) << level << " " << strategy << " " << bit;
      }
    }
  }
}

}  // namespace
}  // namespace cairn
