#include "cairn/codec/zip/deflater.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "cairn/testing/sample_bytes.h"

namespace cairn {
namespace {

std::string Zeros(size_t nbytes) { return std::string(nbytes, '\0'); }

// Raw deflate, all of which must be one stream. By zlib.
std::string Inflate(const std::string& packed, size_t nbytes) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  std::string plain(nbytes + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  plain.resize(plain.size() - stream.avail_out);
  inflateEnd(&stream);
  return plain;
}

Result<std::string> Pack(Deflater& deflater, const std::string& plain, bool is_last) {
  std::vector<std::byte> out(Deflater::Bound(plain.size()));
  CAIRN_ASSIGN_OR_RETURN(const Bytes packed, deflater.Pack(AsBytes(plain), is_last, out));
  return std::string(AsText(packed));
}

TEST(DeflaterTest, StretchesAreOneStreamWhateverTheyHold) {
  auto deflater = Deflater::Make();
  ASSERT_TRUE(deflater.ok());
  const std::vector<std::string> stretches = {
      SampleNoise(100'000), "", Zeros(1 << 20), "x", SampleText(300'000), SampleNoise(1'000)};
  std::string plain;
  std::string packed;
  for (size_t i = 0; i < stretches.size(); ++i) {
    const auto stretch = Pack(*deflater, stretches[i], i + 1 == stretches.size());
    ASSERT_TRUE(stretch.ok()) << stretch.status().message();
    plain += stretches[i];
    packed += *stretch;
  }
  EXPECT_LT(packed.size(), plain.size() / 4) << "zeros and text are packed";
  EXPECT_EQ(Inflate(packed, plain.size()), plain);
}

TEST(DeflaterTest, WhatCannotBePackedStaysWithinTheBound) {
  auto deflater = Deflater::Make();
  for (const size_t nbytes : {0, 1, 100, 65'535, 65'536, 1 << 20}) {
    const std::string plain = SampleNoise(nbytes);
    const auto packed = Pack(*deflater, plain, true);
    ASSERT_TRUE(packed.ok()) << packed.status().message();
    EXPECT_LE(packed->size(), nbytes + nbytes / 64 + 64) << "and is hardly longer";
    EXPECT_EQ(Inflate(*packed, nbytes), plain);
  }
}

TEST(DeflaterTest, TheSameBytesGiveTheSameStretch) {
  auto fresh = Deflater::Make();
  auto used = Deflater::Make();
  for (const std::string& before : {SampleText(300'000), SampleNoise(300'000)}) {
    ASSERT_TRUE(Pack(*used, before, false).ok());
    for (const std::string& plain : {SampleText(50'000), SampleNoise(50'000)})
      EXPECT_EQ(*Pack(*fresh, plain, true), *Pack(*used, plain, true));
  }
}

// The header of an array stands before its first stretch, and must not decide how that is packed.
TEST(DeflaterTest, WhatPacksWellIsAsSmallAsByZlib) {
  auto deflater = Deflater::Make();
  const std::string text = SampleNoise(128) + SampleText(1 << 20);
  std::string by_zlib(compressBound(text.size()), '\0');
  uLongf nbytes = by_zlib.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(by_zlib.data()), &nbytes,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  const auto packed = Pack(*deflater, text, true);
  EXPECT_LE(packed->size(), nbytes + nbytes / 100);
  EXPECT_EQ(Inflate(*packed, text.size()), text);
}

TEST(DeflaterTest, ALevelIsThatOfZlib) {
  const std::string plain = SampleText(300'000) + SampleNoise(100'000);
  std::vector<size_t> sizes;
  for (const int level : {1, 6, 9}) {
    auto deflater = Deflater::Make(level);
    ASSERT_TRUE(deflater.ok());
    const auto packed = Pack(*deflater, plain, true);
    ASSERT_TRUE(packed.ok()) << packed.status().message();
    EXPECT_EQ(Inflate(*packed, plain.size()), plain) << level;
    uLongf nbytes = compressBound(plain.size());
    std::vector<Bytef> theirs(nbytes);
    ASSERT_EQ(compress2(theirs.data(), &nbytes, reinterpret_cast<const Bytef*>(plain.data()),
                        plain.size(), level),
              Z_OK);
    // The header and the checksum of zlib's own form take 6 bytes.
    EXPECT_EQ(packed->size(), nbytes - 6) << level;
    sizes.push_back(packed->size());
  }
  EXPECT_GT(sizes[0], sizes[1]);
  EXPECT_GE(sizes[1], sizes[2]);
}

TEST(DeflaterTest, TooLittleRoomIsAnError) {
  auto deflater = Deflater::Make();
  for (const size_t room : {0, 1, 100, 10'000}) {
    std::vector<std::byte> out(room);
    for (const std::string& plain : {SampleNoise(100'000), SampleText(1'000'000)}) {
      for (const bool is_last : {false, true})
        EXPECT_EQ(deflater->Pack(AsBytes(plain), is_last, out).status().reason(),
                  Reason::kInternal);
    }
  }
  EXPECT_EQ(Inflate(*Pack(*deflater, "0123456789", true), 10), "0123456789");
}

}  // namespace
}  // namespace cairn
