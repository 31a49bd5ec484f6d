#include "cairn/source/transposed_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/extent_source.h"
#include "cairn/testing/sample_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

std::vector<std::byte> Noise(size_t nbytes) {
  const std::string noise = SampleNoise(nbytes);
  const Bytes bytes = AsBytes(noise);
  return {bytes.begin(), bytes.end()};
}

// By the definition, element by element.
std::vector<std::byte> TransposeOf(Bytes stored, const std::vector<int64_t>& dims,
                                   const std::vector<size_t>& axes, size_t nbytes) {
  std::vector<uint64_t> strides(dims.size(), 1);
  for (size_t d = dims.size(); d-- > 1;) strides[d - 1] = strides[d] * dims[d];
  std::vector<std::byte> value;
  std::vector<int64_t> index(dims.size());
  while (value.size() < stored.size()) {
    uint64_t from = 0;
    for (size_t d = 0; d < axes.size(); ++d) from += index[d] * strides[axes[d]];
    const Bytes element = stored.subspan(from * nbytes, nbytes);
    value.insert(value.end(), element.begin(), element.end());
    for (size_t d = axes.size(); d-- > 0 && ++index[d] == dims[axes[d]];) index[d] = 0;
  }
  return value;
}

// A value that has no extent, as a packed one has none.
class StreamedOnly final : public TensorSource {
 public:
  explicit StreamedOnly(SourcePtr whole) : whole_(std::move(whole)) {}
  DType dtype() const override { return whole_->dtype(); }
  const Shape& shape() const override { return whole_->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    ++num_opened;
    return whole_->OpenStream();
  }
  mutable int num_opened = 0;

 private:
  SourcePtr whole_;
};

struct Row {
  const char* name;
  DType dtype;
  std::vector<int64_t> dims;
  std::vector<size_t> axes;
};

const Row kRows[] = {
    {"one_row", DType::kFloat32, {7, 1}, {1, 0}},
    {"one_column", DType::kFloat32, {1, 7}, {1, 0}},
    {"bytes", DType::kUInt8, {3, 5}, {1, 0}},
    {"shorts", DType::kInt16, {65, 33}, {1, 0}},
    {"floats", DType::kFloat32, {100, 17}, {1, 0}},
    {"complex", DType::kComplex128, {11, 9}, {1, 0}},
    {"doubles_of_four_dimensions", DType::kFloat64, {6, 5, 4, 3}, {3, 2, 1, 0}},
    {"elements_of_twelve_bytes", DType::kUInt8, {2, 5, 6, 12}, {2, 1, 0, 3}},
    {"elements_wider_than_a_line", DType::kUInt8, {4, 3, 100}, {1, 0, 2}},
    {"more_rows_than_in_a_band", DType::kInt16, {3, 2100}, {1, 0}},
    {"bands_of_rows", DType::kUInt8, {2100, 2100}, {1, 0}},
    {"rows_of_two_bands", DType::kUInt8, {4'200'001, 2}, {1, 0}},
    {"kernels", DType::kFloat32, {1300, 100, 3, 3}, {3, 2, 1, 0}},
    {"kernels_of_a_few", DType::kFloat32, {3, 3, 1200, 130}, {3, 2, 1, 0}},
    {"kernels_of_torch", DType::kFloat32, {3, 3, 40, 50}, {3, 2, 0, 1}},
    {"kernels_of_tensorflow", DType::kFloat32, {50, 40, 3, 3}, {2, 3, 1, 0}},
    {"long_columns", DType::kFloat32, {20, 2, 40'000}, {2, 1, 0}},
    {"heads", DType::kFloat32, {12, 64, 768}, {1, 0, 2}},
    {"last_two", DType::kInt16, {30, 40, 50}, {0, 2, 1}},
    {"first_to_last", DType::kFloat32, {30, 40, 50}, {1, 2, 0}},
    {"last_to_first", DType::kFloat32, {30, 40, 50}, {2, 0, 1}},
    {"elements_larger_than_a_band", DType::kUInt8, {1, 2, (4 << 20) + 1}, {1, 0, 2}},
    {"nothing", DType::kFloat32, {2, 0, 3}, {2, 1, 0}},
};

class TransposeTest : public testing::TestWithParam<Row> {};

TEST_P(TransposeTest, GivesEveryElementItsPlace) {
  const auto& [name, dtype, dims, axes] = GetParam();
  const size_t element_nbytes = ElementNbytes(dtype);
  const Shape shape = *Shape::Make(dims);
  const std::vector<std::byte> stored = Noise(shape.num_elements() * element_nbytes);
  const std::vector<std::byte> expected = TransposeOf(stored, dims, axes, element_nbytes);
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("value", stored).ok());
  const Checksum checksum{Checksum::Kind::kCrc32, Crc32(stored)};
  for (const Access access : {Access::kMap, Access::kRead}) {
    const auto file = *fs.OpenForReading("value", access);
    const SourcePtr whole = *ExtentSource::Make(dtype, shape, {file, 0, stored.size(), checksum});
    const SourcePtr transposed = *Transpose(whole, axes);
    for (size_t d = 0; d < axes.size(); ++d)
      EXPECT_EQ(transposed->shape().dims()[d], dims[axes[d]]);
    for (const size_t piece : {size_t{1000}, size_t{1} << 20}) {
      const auto value = ReadStream(*transposed, piece);
      ASSERT_TRUE(value.ok()) << value.status().message();
      EXPECT_TRUE(*value == expected) << piece;
    }
    for (const uint64_t part : {stored.size(), stored.size() / 7 + 1}) {
      const auto value =
          ReadStream(**Transpose(std::make_shared<const StreamedOnly>(whole), axes, part), 100'000);
      ASSERT_TRUE(value.ok()) << value.status().message();
      EXPECT_TRUE(*value == expected) << "packed, in parts of " << part;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, TransposeTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

SourcePtr Floats(const std::vector<std::byte>& bytes, std::vector<int64_t> dims,
                 std::optional<Checksum> checksum = std::nullopt) {
  const auto file = std::make_shared<const MemoryFile>(Bytes(bytes), "memory");
  return *ExtentSource::Make(DType::kFloat32, *Shape::Make(std::move(dims)),
                             {file, 0, bytes.size(), checksum});
}

constexpr size_t kTurned[] = {1, 0};

TEST(TransposedSourceTest, TellsDamageBeforeAnythingIsGiven) {
  const std::vector<std::byte> stored = Noise(24);
  const SourcePtr damaged =
      Floats(stored, {3, 2}, Checksum{Checksum::Kind::kCrc32, ~Crc32(stored)});
  for (const SourcePtr& whole :
       {damaged, SourcePtr(std::make_shared<const StreamedOnly>(damaged))}) {
    const auto stream = (*Transpose(whole, kTurned))->OpenStream();
    std::byte scratch[1];
    EXPECT_EQ((*stream)->Next(scratch).status().reason(), Reason::kCrc);
  }
}

TEST(TransposedSourceTest, HoldsOnePartAtATime) {
  const std::vector<std::byte> stored = Noise(240);
  const auto whole = std::make_shared<const StreamedOnly>(Floats(stored, {6, 10}));
  const SourcePtr transposed = *Transpose(whole, kTurned, 24);
  EXPECT_EQ(ReadStream(*transposed, 7)->size(), 240u);
  EXPECT_EQ(whole->num_opened, 10);
}

TEST(TransposedSourceTest, TheOrderMustHaveEachDimensionOnce) {
  const std::vector<std::byte> stored = Noise(24);
  const SourcePtr whole = Floats(stored, {3, 2});
  EXPECT_EQ(*Transpose(whole, std::vector<size_t>{0, 1}), whole);
  for (const std::vector<size_t>& axes :
       std::vector<std::vector<size_t>>{{}, {0}, {0, 0}, {1, 2}, {0, 1, 2}})
    EXPECT_EQ(Transpose(whole, axes).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
