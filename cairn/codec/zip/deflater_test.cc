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

// In pieces of `piece`, as one stretch.
Result<std::string> Pack(Deflater& deflater, const std::string& plain, size_t piece, bool is_last,
                         MutableBytes out) {
  deflater.Begin(out);
  for (size_t at = 0; at < plain.size(); at += piece)
    CAIRN_RETURN_IF_ERROR(
        deflater.Add(AsBytes(plain).subspan(at, std::min(piece, plain.size() - at))));
  CAIRN_ASSIGN_OR_RETURN(const Bytes packed, deflater.Finish(is_last));
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
    std::vector<std::byte> out(Deflater::Bound(stretches[i].size()));
    const auto stretch = Pack(*deflater, stretches[i], 4097, i + 1 == stretches.size(), out);
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
    std::vector<std::byte> out(Deflater::Bound(nbytes));
    const std::string plain = SampleNoise(nbytes);
    const auto packed = Pack(*deflater, plain, 128 << 10, true, out);
    ASSERT_TRUE(packed.ok()) << packed.status().message();
    EXPECT_LE(packed->size(), nbytes + nbytes / 64 + 64) << "and is hardly longer";
    EXPECT_EQ(Inflate(*packed, nbytes), plain);
  }
}

TEST(DeflaterTest, TheSameBytesGiveTheSameStretch) {
  auto fresh = Deflater::Make();
  auto used = Deflater::Make();
  std::vector<std::byte> out(Deflater::Bound(300'000));
  ASSERT_TRUE(Pack(*used, SampleText(300'000), 1000, false, out).ok());
  const auto first = Pack(*fresh, SampleText(50'000), 50'000, true, out);
  EXPECT_EQ(*first, *Pack(*used, SampleText(50'000), 50'000, true, out));
}

TEST(DeflaterTest, TooLittleRoomIsAnError) {
  auto deflater = Deflater::Make();
  for (const size_t room : {0, 1, 100, 10'000}) {
    std::vector<std::byte> out(room);
    EXPECT_EQ(Pack(*deflater, SampleNoise(100'000), 4096, true, out).status().reason(),
              Reason::kInternal);
  }
  std::vector<std::byte> out(Deflater::Bound(10));
  EXPECT_EQ(Inflate(*Pack(*deflater, "0123456789", 3, true, out), 10), "0123456789");
}

}  // namespace
}  // namespace cairn
