#include "cairn/source/joined_source.h"

#include <random>

#include "cairn/testing/values.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"
#include "cairn/transfer/transfer_sources_fixture.h"
#include "cairn/transfer/write_all.h"

namespace cairn {
namespace {

using Slice = JoinedSource::Slice;

// A source of which only the stream is known, as of tensors that must be made.
class StreamOnly final : public TensorSource {
 public:
  explicit StreamOnly(SourcePtr source) : source_(std::move(source)) {}
  DType dtype() const override { return source_->dtype(); }
  const Shape& shape() const override { return source_->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return source_->OpenStream();
  }
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return source_->ReadAt(offset, out);
  }

 private:
  SourcePtr source_;
};

// Cuts a box in two, and the halves again, until there are `count`: slices of every shape.
std::vector<Box> CutAtRandom(const Box& whole, size_t count, std::mt19937& random) {
  std::vector<Box> boxes = {whole};
  for (int attempts = 0; boxes.size() < count && attempts < 1000; ++attempts) {
    Box& box = boxes[random() % boxes.size()];
    const size_t d = random() % box.size();
    if (box[d].length < 2) continue;
    const auto kept = static_cast<int64_t>(1 + random() % (box[d].length - 1));
    Box rest = box;
    rest[d] = {box[d].start + kept, box[d].length - kept};
    box[d].length = kept;
    boxes.push_back(std::move(rest));
  }
  return boxes;
}

// Returns a box of `value` (uint8, of these dims), copied element by element.
Buffer Crop(const Buffer& value, std::span<const int64_t> dims, const Box& box) {
  Buffer slice;
  for (size_t i = 0; i < value.size(); ++i) {
    bool is_inside = true;
    size_t rest = i;
    for (size_t d = dims.size(); d-- > 0;) {
      const auto at = static_cast<int64_t>(rest % dims[d]);
      rest /= dims[d];
      is_inside = is_inside && at >= box[d].start && at < box[d].start + box[d].length;
    }
    if (is_inside) slice.push_back(value[i]);
  }
  return slice;
}

Shape ShapeOf(const Box& box) {
  std::vector<int64_t> dims;
  for (const Range& range : box) dims.push_back(range.length);
  return *Shape::Make(dims);
}

SourcePtr PartSource(const Box& box, Buffer content, std::optional<uint32_t> crc32c) {
  const uint64_t nbytes = content.size();
  auto file = std::make_shared<const MemoryFile>(std::move(content), "slice");
  Extent extent{std::move(file), 0, nbytes, std::nullopt};
  if (crc32c) extent.checksum = Checksum{Checksum::Kind::kCrc32c, *crc32c};
  return *ExtentSource::Make(DType::kUInt8, ShapeOf(box), std::move(extent));
}

struct Joined {
  Buffer value;
  SourcePtr source;
};

enum class Kind { kExtents, kStreams };

Joined JoinAtRandom(const std::vector<int64_t>& dims, size_t count, Kind kind, uint32_t seed) {
  std::mt19937 random(seed);
  const auto shape = *Shape::Make(dims);
  Joined joined{SomeBytes(shape.num_elements(), seed), nullptr};
  std::vector<Slice> slices;
  for (Box& box : CutAtRandom(WholeBox(dims), count, random)) {
    Buffer content = Crop(joined.value, dims, box);
    const uint32_t crc = Crc32c(content);
    SourcePtr slice = PartSource(box, std::move(content), crc);
    if (kind == Kind::kStreams) slice = std::make_shared<StreamOnly>(std::move(slice));
    slices.push_back({std::move(box), std::move(slice)});
  }
  std::ranges::shuffle(slices, random);
  joined.source = *JoinedSource::Make(DType::kUInt8, shape, std::move(slices));
  return joined;
}

class JoinedSourceTest : public TransferTest {};

TEST_F(JoinedSourceTest, EveryWayOfReadingGivesTheWhole) {
  const std::vector<std::vector<int64_t>> shapes = {{1},      {40},      {9, 7},
                                                    {100, 3}, {5, 4, 6}, {3, 2, 4, 3}};
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const Kind kind = seed % 2 == 0 ? Kind::kExtents : Kind::kStreams;
    const Joined joined = JoinAtRandom(shapes[seed % shapes.size()], 1 + seed % 13, kind, seed);
    SCOPED_TRACE(seed);
    EXPECT_EQ(joined.source->slices().empty(), kind == Kind::kStreams);
    for (const size_t piece : {1, 3, 64, 4096})
      EXPECT_EQ(*ReadStream(*joined.source, piece), joined.value);

    Buffer loaded(joined.value.size());
    const ReadJob read{joined.source, loaded};
    ASSERT_TRUE(ReadAll({&read, 1}, {}).ok());
    EXPECT_EQ(loaded, joined.value);

    const auto file = NewFile();
    const WriteJob write{joined.source, file.get(), 0};
    EXPECT_EQ((*WriteAll({&write, 1}, {}))[0], Crc32c(joined.value));
    EXPECT_EQ(Contents(file->path()), joined.value);

    EXPECT_EQ((*CheckAll({&joined.source, 1}, {}))[0].verdict, Verdict::kVerified);

    for (size_t from = 0; from < joined.value.size(); ++from) {
      Buffer slice(std::min<size_t>(7, joined.value.size() - from));
      ASSERT_TRUE(joined.source->ReadAt(from, slice).ok());
      EXPECT_TRUE(std::ranges::equal(slice, std::span(joined.value).subspan(from, slice.size())));
    }
  }
}

TEST_F(JoinedSourceTest, LargePiecesAreSharedByAllThreads) {
  const std::vector<int64_t> dims = {3000, 5000};
  const auto shape = *Shape::Make(dims);
  const Buffer value = SomeBytes(shape.num_elements());
  for (const Access access : {Access::kMap, Access::kRead}) {
    std::vector<Slice> slices;
    for (int64_t column = 0; column < 5000; column += 2500) {
      const Box box = {{0, 3000}, {column, 2500}};
      Buffer content;
      for (int64_t row = 0; row < 3000; ++row) {
        const auto begin = value.begin() + row * 5000 + column;
        content.insert(content.end(), begin, begin + 2500);
      }
      Extent extent{FileWith(content, access), 0, content.size(),
                    Checksum{Checksum::Kind::kCrc32c, Crc32c(content)}};
      slices.push_back({box, *ExtentSource::Make(DType::kUInt8, ShapeOf(box), std::move(extent))});
    }
    const SourcePtr source = *JoinedSource::Make(DType::kUInt8, shape, std::move(slices));
    Buffer loaded(value.size());
    const ReadJob read{source, loaded};
    ASSERT_TRUE(ReadAll({&read, 1}, {.threads = 3}).ok());
    EXPECT_TRUE(loaded == value);
  }
}

TEST_F(JoinedSourceTest, DamageOfOnePieceIsDamageOfTheWhole) {
  for (const Kind kind : {Kind::kExtents, Kind::kStreams}) {
    for (int damaged = 0; damaged < 4; ++damaged) {
      std::vector<Slice> slices;
      for (int i = 0; i < 4; ++i) {
        const Box box = {{i / 2 * 2, 2}, {i % 2 * 3, 3}};
        Buffer content = SomeBytes(6);
        const uint32_t crc = Crc32c(content) ^ (i == damaged ? 1 : 0);
        SourcePtr slice = PartSource(box, std::move(content), crc);
        if (kind == Kind::kStreams) slice = std::make_shared<StreamOnly>(std::move(slice));
        slices.push_back({box, std::move(slice)});
      }
      const SourcePtr source = *JoinedSource::Make(DType::kUInt8, *Shape::Make({4, 6}), slices);
      EXPECT_EQ(ReadStream(*source).status().reason(), Reason::kCrc);
      Buffer loaded(24);
      const ReadJob read{source, loaded};
      EXPECT_EQ(ReadAll({&read, 1}, {}).reason(), Reason::kCrc);
      const auto file = NewFile();
      const WriteJob write{source, file.get(), 0};
      EXPECT_EQ(WriteAll({&write, 1}, {}).status().reason(), Reason::kCrc);
      EXPECT_EQ((*CheckAll({&source, 1}, {}))[0].verdict, Verdict::kDamaged);
    }
  }
}

// A box of the whole is read from the slices that it meets, and from no other.
TEST_F(JoinedSourceTest, APartIsReadWithoutTheRest) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<int64_t> dims = {7, 6, 5};
    const Joined joined = JoinAtRandom(dims, 1 + seed % 13, Kind::kStreams, seed);
    std::mt19937 random(seed);
    for (const Box& box : CutAtRandom(WholeBox(dims), 6, random)) {
      const SourcePtr slice = *joined.source->Crop(box);
      for (const size_t piece : {1, 7, 4096})
        EXPECT_EQ(*ReadStream(*slice, piece), Crop(joined.value, dims, box));
    }
    EXPECT_EQ(ReadStream(**joined.source->Crop({{3, 2}, {6, 0}, {0, 5}}))->size(), 0u);
  }
}

TEST_F(JoinedSourceTest, DamageIsSeenByThePartsThatReadIt) {
  std::vector<Slice> slices;
  for (int64_t i = 0; i < 3; ++i) {
    const Box box = {{2 * i, 2}};
    const uint32_t crc = Crc32c(SomeBytes(2)) ^ (i == 1 ? 1 : 0);
    slices.push_back({box, std::make_shared<StreamOnly>(PartSource(box, SomeBytes(2), crc))});
  }
  const SourcePtr source = *JoinedSource::Make(DType::kUInt8, VectorOf(6), slices);
  EXPECT_TRUE(ReadStream(**source->Crop({{0, 2}})).ok());
  EXPECT_TRUE(ReadStream(**source->Crop({{5, 1}})).ok());
  // Element 2 alone is given, 3 is what is damaged as well: the checksum is of both.
  EXPECT_EQ(ReadStream(**source->Crop({{0, 3}})).status().reason(), Reason::kCrc);
}

TEST_F(JoinedSourceTest, OnePieceWithoutAChecksumLeavesTheWholeUnprotected) {
  const Box first = {{0, 2}};
  const Box second = {{2, 3}};
  const Buffer content = SomeBytes(5);
  std::vector<Slice> slices = {{first, PartSource(first, SomeBytes(2), Crc32c(SomeBytes(2)))},
                               {second, PartSource(second, SomeBytes(3), std::nullopt)}};
  const SourcePtr source = *JoinedSource::Make(DType::kUInt8, VectorOf(5), slices);
  EXPECT_EQ((*CheckAll({&source, 1}, {}))[0].verdict, Verdict::kUnprotected);
}

TEST_F(JoinedSourceTest, PartsThatDoNotFitAreRefused) {
  const auto slice = [](Box box, const Box& shape, DType dtype = DType::kUInt8) {
    const Buffer content(NumElementsOf(shape));
    auto file = std::make_shared<const MemoryFile>(content, "slice");
    return Slice{std::move(box), *ExtentSource::Make(dtype, ShapeOf(shape),
                                                     {file, 0, content.size(), std::nullopt})};
  };
  struct Row {
    const char* what;
    std::vector<Slice> slices;
    Reason reason;
  };
  const Box left = {{0, 2}, {0, 2}};
  const Box right = {{0, 2}, {2, 2}};
  const Row rows[] = {
      {"a gap", {slice(left, left)}, Reason::kSlice},
      {"an overlap", {slice(left, left), slice(left, left), slice(right, right)}, Reason::kSlice},
      {"past the tensor", {slice({{0, 2}, {0, 5}}, {{0, 2}, {0, 5}})}, Reason::kSlice},
      {"another rank", {slice({{0, 8}}, {{0, 8}})}, Reason::kSlice},
      {"a larger shape than its slice",
       {slice(left, {{0, 2}, {0, 3}}), slice(right, right)},
       Reason::kSlice},
      {"another dtype", {slice(left, left, DType::kInt8), slice(right, right)}, Reason::kDType},
  };
  for (const Row& row : rows) {
    const auto made = JoinedSource::Make(DType::kUInt8, *Shape::Make({2, 4}), row.slices);
    EXPECT_EQ(made.status().reason(), row.reason) << row.what << ": " << made.status().message();
  }
}

}  // namespace
}  // namespace cairn
