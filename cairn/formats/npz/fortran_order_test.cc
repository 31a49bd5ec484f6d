#include "cairn/formats/npz/fortran_order.h"

#include <gtest/gtest.h>

#include <numeric>

#include "cairn/formats/npz/packed_fortran_order.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/extent_source.h"
#include "cairn/testing/sample_bytes.h"
#include "cairn/transfer/read_all.h"

namespace cairn::npz {
namespace {

std::vector<std::byte> Noise(size_t nbytes) {
  const std::string noise = SampleNoise(nbytes);
  const Bytes bytes = AsBytes(noise);
  return {bytes.begin(), bytes.end()};
}

// By the definition, element by element.
std::vector<std::byte> RowMajorOf(Bytes stored, const std::vector<int64_t>& dims, size_t nbytes) {
  std::vector<std::byte> value;
  std::vector<int64_t> index(dims.size());
  while (value.size() < stored.size()) {
    size_t from = 0;
    for (size_t d = dims.size(); d-- > 0;) from = from * dims[d] + index[d];
    const Bytes element = stored.subspan(from * nbytes, nbytes);
    value.insert(value.end(), element.begin(), element.end());
    for (size_t d = dims.size(); d-- > 0 && ++index[d] == dims[d];) index[d] = 0;
  }
  return value;
}

Result<std::vector<std::byte>> ReadAll(TensorStream& stream, size_t piece_nbytes) {
  std::vector<std::byte> scratch(piece_nbytes);
  std::vector<std::byte> value;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream.Next(scratch));
    if (piece.empty()) return value;
    value.insert(value.end(), piece.begin(), piece.end());
  }
}

Result<std::unique_ptr<TensorStream>> OpenNoise(Bytes stored) {
  auto file = std::make_shared<const MemoryFile>(stored, "memory");
  return StreamExtent({std::move(file), 0, stored.size(), std::nullopt});
}

struct Row {
  const char* name;
  std::vector<int64_t> dims;
  size_t element_nbytes;
};

const Row kRows[] = {
    {"one_row", {1, 7}, 4},
    {"one_column", {7, 1}, 4},
    {"bytes", {5, 3}, 1},
    {"shorts", {33, 65}, 2},
    {"floats", {17, 100}, 4},
    {"complex", {9, 11}, 16},
    {"doubles_of_four_dimensions", {3, 4, 5, 6}, 8},
    {"texts", {6, 5, 2}, 12},
    {"texts_wider_than_a_line", {3, 4}, 100},
    {"more_rows_than_in_a_band", {2100, 3}, 2},
    {"bands_of_rows", {2100, 2100}, 1},
    {"rows_of_two_bands", {2, 4'200'001}, 1},
    {"kernels", {3, 3, 100, 1300}, 4},
    {"kernels_of_a_few", {130, 1200, 3, 3}, 4},
    {"long_columns", {40'000, 2, 20}, 4},
    {"elements_larger_than_a_band", {2, 1}, (4 << 20) + 1},
    {"nothing", {3, 0, 2}, 4},
};

class RowMajorTest : public testing::TestWithParam<Row> {};

TEST_P(RowMajorTest, GivesEveryElementItsPlace) {
  const auto& [name, dims, element_nbytes] = GetParam();
  const uint64_t num_elements =
      std::accumulate(dims.begin(), dims.end(), uint64_t{1}, std::multiplies<>());
  const std::vector<std::byte> stored = Noise(num_elements * element_nbytes);
  const std::vector<std::byte> expected = RowMajorOf(stored, dims, element_nbytes);
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("value", stored).ok());
  for (const Access access : {Access::kMap, Access::kRead}) {
    const auto file = *fs.OpenForReading("value", access);
    for (const size_t piece : {size_t{1000}, size_t{1} << 20}) {
      const Checksum checksum{Checksum::Kind::kCrc32, Crc32(stored)};
      const auto stream = StreamRowMajor({file, 0, stored.size(), checksum}, dims, element_nbytes);
      const auto value = ReadAll(*stream, piece);
      ASSERT_TRUE(value.ok()) << value.status().message();
      EXPECT_TRUE(*value == expected) << piece;
    }
  }
  for (const uint64_t part : {stored.size(), stored.size() / 7 + 1}) {
    const auto stream =
        StreamPackedRowMajor([&] { return OpenNoise(stored); }, dims, element_nbytes, part);
    const auto value = ReadAll(*stream, 100'000);
    ASSERT_TRUE(value.ok()) << value.status().message();
    EXPECT_TRUE(*value == expected) << "packed, in parts of " << part;
  }
}

INSTANTIATE_TEST_SUITE_P(, RowMajorTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RowMajorDamageTest, IsToldBeforeAnythingIsGiven) {
  const std::vector<std::byte> stored = Noise(24);
  const auto file = std::make_shared<const MemoryFile>(Bytes(stored), "memory");
  const Checksum checksum{Checksum::Kind::kCrc32, ~Crc32(stored)};
  const auto stream = StreamRowMajor({file, 0, 24, checksum}, std::vector<int64_t>{2, 3}, 4);
  std::byte scratch[1];
  EXPECT_EQ(stream->Next(scratch).status().reason(), Reason::kCrc);
}

TEST(PackedRowMajorTest, HoldsOnePartAtATime) {
  const std::vector<std::byte> stored = Noise(240);
  size_t num_opened = 0;
  const auto stream = StreamPackedRowMajor(
      [&] {
        ++num_opened;
        return OpenNoise(stored);
      },
      {10, 6}, 4, 24);
  EXPECT_EQ(ReadAll(*stream, 7)->size(), 240u);
  EXPECT_EQ(num_opened, 10u);
}

TEST(PackedRowMajorTest, RefusesAValueThatEndsEarly) {
  const std::vector<std::byte> stored = Noise(20);
  const auto stream = StreamPackedRowMajor([&] { return OpenNoise(stored); }, {2, 3}, 4, 100);
  std::byte scratch[1];
  EXPECT_EQ(stream->Next(scratch).status().reason(), Reason::kSize);
}

}  // namespace
}  // namespace cairn::npz
