// A band of rows is made at a time: of every column, which lies in the file in one piece, the part
// within the band, a few columns at once, so that lines of the cache are read and written whole.
#include "cairn/formats/npz/fortran_order.h"

#include <algorithm>

#include "cairn/io/extent_source.h"
#include "cairn/io/source_bytes.h"

namespace cairn::npz {
namespace {

constexpr uint64_t kLeastBandNbytes = uint64_t{4} << 20;
constexpr uint64_t kMostBandNbytes = uint64_t{64} << 20;
constexpr uint64_t kBandsInValue = 32;
constexpr uint64_t kMostRows = 2048;  // the columns at hand stay in the second-level cache
constexpr uint64_t kCacheLine = 64;
constexpr size_t kCheckNbytes = 256 << 10;

// `to` has `pitch` bytes from one row to the next.
template <size_t kNbytes>
void PlaceElements(std::span<const std::byte* const> columns, uint64_t num_rows, std::byte* to,
                   uint64_t pitch) {
  for (uint64_t row = 0; row < num_rows; ++row) {
    std::byte* const at = to + row * pitch;
    for (size_t i = 0; i < columns.size(); ++i)
      std::memcpy(at + i * kNbytes, columns[i] + row * kNbytes, kNbytes);
  }
}

void PlaceElements(std::span<const std::byte* const> columns, uint64_t num_rows, std::byte* to,
                   uint64_t pitch, uint64_t element_nbytes) {
  switch (element_nbytes) {
    case 1:
      return PlaceElements<1>(columns, num_rows, to, pitch);
    case 2:
      return PlaceElements<2>(columns, num_rows, to, pitch);
    case 4:
      return PlaceElements<4>(columns, num_rows, to, pitch);
    case 8:
      return PlaceElements<8>(columns, num_rows, to, pitch);
    case 16:
      return PlaceElements<16>(columns, num_rows, to, pitch);
    default:
      for (uint64_t row = 0; row < num_rows; ++row) {
        for (size_t i = 0; i < columns.size(); ++i)
          std::memcpy(to + row * pitch + i * element_nbytes, columns[i] + row * element_nbytes,
                      element_nbytes);
      }
  }
}

// Rows are the first index, columns all others together, in the order of tensors.
class RowMajorStream final : public TensorStream {
 public:
  RowMajorStream(Extent stored, std::span<const int64_t> dims, uint64_t element_nbytes)
      : stored_(std::move(stored)),
        element_nbytes_(element_nbytes),
        band_elements_(std::max<uint64_t>(
            std::clamp(stored_.nbytes / kBandsInValue, kLeastBandNbytes, kMostBandNbytes) /
                element_nbytes,
            1)),
        columns_(std::max<uint64_t>(kCacheLine / element_nbytes, 1)) {
    uint64_t stride = element_nbytes;
    for (const int64_t dim : dims) {
      dims_.push_back({static_cast<uint64_t>(dim), stride});
      stride *= static_cast<uint64_t>(dim);
    }
    if (stored_.nbytes == 0 || dims_.empty()) return;
    num_rows_ = dims_[0].size;
    num_columns_ = stored_.nbytes / element_nbytes / num_rows_;
  }

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    if (!is_checked_) CAIRN_RETURN_IF_ERROR(Check());
    if (given_ == band_.size()) CAIRN_RETURN_IF_ERROR(MakeBand());
    const size_t count = std::min(scratch.size(), band_.size() - given_);
    std::ranges::copy(Bytes(band_).subspan(given_, count), scratch.begin());
    given_ += count;
    return scratch.first(count);
  }

 private:
  struct Dim {
    uint64_t size;
    uint64_t stride;  // bytes in the file
  };

  Status Check() {
    is_checked_ = true;
    if (!stored_.checksum) return {};
    const auto stream = StreamExtent(stored_);
    std::vector<std::byte> scratch(kCheckNbytes);
    while (true) {
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
      if (piece.empty()) return {};
    }
  }

  // The next rows, or a part of the next row where a row is more than a band. Leaves it empty
  // behind the last.
  Status MakeBand() {
    given_ = 0;
    band_.clear();
    if (row_ == num_rows_) return {};
    const uint64_t num_columns = std::min(num_columns_ - column_, band_elements_);
    const uint64_t num_rows =
        num_columns < num_columns_
            ? 1
            : std::clamp<uint64_t>(std::min(band_elements_ / num_columns, num_rows_ - row_), 1,
                                   kMostRows);
    const uint64_t pitch = num_columns * element_nbytes_;
    band_.resize(num_rows * pitch);
    tile_.resize(columns_.size() * num_rows * element_nbytes_);
    for (uint64_t i = 0; i < num_columns; i += columns_.size()) {
      const std::span columns =
          std::span(columns_).first(std::min<uint64_t>(columns_.size(), num_columns - i));
      CAIRN_RETURN_IF_ERROR(ReadColumns(column_ + i, num_rows, columns));
      PlaceElements(columns, num_rows, band_.data() + i * element_nbytes_, pitch, element_nbytes_);
    }
    column_ += num_columns;
    if (column_ < num_columns_) return {};
    column_ = 0;
    row_ += num_rows;
    return {};
  }

  // Those from `first` on, each from row_ on.
  Status ReadColumns(uint64_t first, uint64_t num_rows, std::span<const std::byte*> columns) {
    const uint64_t nbytes = num_rows * element_nbytes_;
    for (size_t i = 0; i < columns.size(); ++i) {
      const uint64_t begin = BeginOfColumn(first + i) + row_ * element_nbytes_;
      Bytes column = MappedBytes(stored_, begin, nbytes);
      if (column.empty()) {
        const MutableBytes room = MutableBytes(tile_).subspan(i * nbytes, nbytes);
        CAIRN_RETURN_IF_ERROR(stored_.file->ReadAt(stored_.offset + begin, room));
        column = room;
      }
      columns[i] = column.data();
    }
    return {};
  }

  uint64_t BeginOfColumn(uint64_t column) const {
    uint64_t begin = 0;
    for (size_t d = dims_.size(); --d > 0; column /= dims_[d].size)
      begin += column % dims_[d].size * dims_[d].stride;
    return begin;
  }

  Extent stored_;
  uint64_t element_nbytes_;
  std::vector<Dim> dims_;
  uint64_t num_rows_ = 0;
  uint64_t num_columns_ = 0;
  uint64_t band_elements_;  // at most
  bool is_checked_ = false;
  // What comes next.
  uint64_t row_ = 0;
  uint64_t column_ = 0;
  std::vector<std::byte> band_;
  uint64_t given_ = 0;                     // of the band
  std::vector<const std::byte*> columns_;  // those at hand
  std::vector<std::byte> tile_;            // their bytes, where the file is not mapped
};

}  // namespace

std::unique_ptr<TensorStream> StreamRowMajor(Extent stored, std::span<const int64_t> dims,
                                             uint64_t element_nbytes) {
  return std::make_unique<RowMajorStream>(std::move(stored), dims, element_nbytes);
}

}  // namespace cairn::npz
