#include "cairn/source/extent_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::HasSubstr;

constexpr std::string_view kFile = "before 0123456789abcdef after";
constexpr uint64_t kOffset = 7;
constexpr uint64_t kNbytes = 16;

class ExtentSourceTest : public testing::TestWithParam<Access> {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.Put("/f", AsBytes(kFile)).ok()); }

  Extent MakeExtent(std::optional<Checksum> checksum = std::nullopt) {
    return {fs_.OpenForReading("/f", GetParam()).value(), kOffset, kNbytes, checksum};
  }
  Result<std::shared_ptr<const ExtentSource>> Make(Extent extent) {
    return ExtentSource::Make(DType::kFloat32, *Shape::Make({2, 2}), std::move(extent));
  }
  static Bytes Value() { return AsBytes(kFile).subspan(kOffset, kNbytes); }

  MemoryFileSystem fs_;
};

INSTANTIATE_TEST_SUITE_P(, ExtentSourceTest, testing::Values(Access::kMap, Access::kRead),
                         [](const auto& access) {
                           return access.param == Access::kMap ? "Mapped" : "Read";
                         });

TEST_P(ExtentSourceTest, GivesTheWholeValueInPiecesOfAnySize) {
  for (const auto kind : {Checksum::Kind::kCrc32c, Checksum::Kind::kCrc32}) {
    const auto source = Make(MakeExtent(Checksum{kind, ExtendChecksum(kind, 0, Value())})).value();
    for (const size_t piece : {1u, 3u, 15u, 16u, 17u, 4096u}) {
      const auto bytes = ReadStream(*source, piece);
      ASSERT_TRUE(bytes.ok()) << piece << ": " << bytes.status().message();
      EXPECT_EQ(AsText(*bytes), "0123456789abcdef");
    }
  }
}

TEST_P(ExtentSourceTest, NoPieceIsLargerThanTheScratch) {
  const auto stream = StreamExtent(MakeExtent());
  std::vector<std::byte> scratch(5);
  std::vector<size_t> sizes;
  for (int i = 0; i < 5; ++i) sizes.push_back(stream->Next(scratch)->size());
  EXPECT_EQ(sizes, (std::vector<size_t>{5, 5, 5, 1, 0}));
}

TEST_P(ExtentSourceTest, MappedPiecesAreNotCopied) {
  const Extent extent = MakeExtent();
  std::vector<std::byte> scratch(16);
  const Bytes piece = StreamExtent(extent)->Next(scratch).value();
  const Bytes mapped = extent.file->mapped();
  EXPECT_EQ(piece.data(),
            mapped.empty() ? static_cast<const std::byte*>(scratch.data()) : &mapped[kOffset]);
}

TEST_P(ExtentSourceTest, DamageShowsAtTheEndAndStays) {
  const uint32_t right = Crc32c(Value());
  const auto source = Make(MakeExtent(Checksum{Checksum::Kind::kCrc32c, right ^ 1})).value();
  const auto stream = source->OpenStream().value();
  std::vector<std::byte> scratch(16);
  EXPECT_EQ(stream->Next(scratch)->size(), 16u);
  for (int i = 0; i < 2; ++i) {
    const Status status = stream->Next(scratch).status();
    EXPECT_EQ(status.reason(), Reason::kCrc);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("/f: offset 7: checksum of 16 bytes is 0x"));
  }
}

TEST_P(ExtentSourceTest, EveryFlippedBitIsFound) {
  const Checksum checksum{Checksum::Kind::kCrc32c, Crc32c(Value())};
  for (uint64_t bit = 0; bit < kFile.size() * 8; ++bit) {
    ASSERT_TRUE(fs_.Put("/f", FlipBit(AsBytes(kFile), bit)).ok());
    const bool is_inside = bit / 8 >= kOffset && bit / 8 < kOffset + kNbytes;
    EXPECT_EQ(ReadStream(*Make(MakeExtent(checksum)).value()).status().reason(),
              is_inside ? Reason::kCrc : Reason::kNone)
        << bit;
  }
}

TEST_P(ExtentSourceTest, WithoutAChecksumNothingIsCompared) {
  EXPECT_TRUE(ReadStream(*Make(MakeExtent()).value()).ok());
}

TEST_P(ExtentSourceTest, AnEmptyValueEndsAtOnceAndIsStillChecked) {
  Extent extent = MakeExtent(Checksum{Checksum::Kind::kCrc32c, 0});
  extent.nbytes = 0;
  extent.offset = kFile.size();
  const Shape empty = *Shape::Make({0});
  EXPECT_TRUE(ReadStream(**ExtentSource::Make(DType::kInt8, empty, extent)).ok());
  extent.checksum->value = 1;
  EXPECT_EQ(ReadStream(**ExtentSource::Make(DType::kInt8, empty, extent)).status().reason(),
            Reason::kCrc);
}

TEST_P(ExtentSourceTest, AStreamWithoutScratchDoesNotSeemToEnd) {
  EXPECT_EQ(StreamExtent(MakeExtent())->Next({}).status().reason(), Reason::kArgument);
}

TEST_P(ExtentSourceTest, ReadsParts) {
  const auto source = Make(MakeExtent()).value();
  std::string text(4, ' ');
  const MutableBytes out = std::as_writable_bytes(std::span(text));
  EXPECT_TRUE(source->ReadAt(12, out).ok());
  EXPECT_EQ(text, "cdef");
  EXPECT_TRUE(source->ReadAt(16, {}).ok());
  for (const uint64_t offset : {uint64_t{13}, uint64_t{16}, uint64_t{17}, UINT64_MAX})
    EXPECT_EQ(source->ReadAt(offset, out).reason(), Reason::kBounds) << offset;
}

struct BadExtent {
  const char* what;
  DType dtype;
  std::vector<int64_t> dims;
  uint64_t offset;
  uint64_t nbytes;
  Reason reason;
};

TEST_P(ExtentSourceTest, OnlyExtentsThatFitAreTaken) {
  const BadExtent cases[] = {
      {"too few bytes", DType::kFloat32, {2, 2}, 0, 15, Reason::kSize},
      {"too many bytes", DType::kFloat32, {2, 2}, 0, 17, Reason::kSize},
      {"ends past the file", DType::kFloat32, {2, 2}, 14, 16, Reason::kTruncated},
      {"begins past the file", DType::kInt8, {0}, 30, 0, Reason::kTruncated},
      {"wraps around", DType::kFloat32, {2, 2}, UINT64_MAX - 7, 16, Reason::kTruncated},
      {"strings", DType::kString, {2}, 0, 16, Reason::kDType},
      {"2^63 bytes", DType::kComplex128, {int64_t{1} << 60}, 0, 16, Reason::kOverflow},
  };
  for (const BadExtent& bad : cases) {
    Extent extent = MakeExtent();
    extent.offset = bad.offset;
    extent.nbytes = bad.nbytes;
    const auto source = ExtentSource::Make(bad.dtype, *Shape::Make(bad.dims), extent);
    EXPECT_EQ(source.status().reason(), bad.reason) << bad.what;
  }
}

TEST(ExtentSourceFaultTest, ReadErrorsPassThrough) {
  MemoryFileSystem memory;
  ASSERT_TRUE(memory.Put("/f", AsBytes(kFile)).ok());
  FaultFileSystem fs(memory);
  fs.script().Inject({.call = Call::kRead, .reason = Reason::kIo, .nth = 2});
  const Extent extent{fs.OpenForReading("/f", Access::kMap).value(), 0, kFile.size(), std::nullopt};
  const auto stream = StreamExtent(extent);
  std::vector<std::byte> scratch(10);
  EXPECT_TRUE(stream->Next(scratch).ok());
  EXPECT_EQ(stream->Next(scratch).status().reason(), Reason::kIo);
}

}  // namespace
}  // namespace cairn
