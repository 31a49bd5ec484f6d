// A band of the value is made at a time: a box of consecutive elements, filled block by block. What
// lies close together in the file is read at once; a few blocks that are neighbours along the last
// index are read together, so that lines of the cache are written whole.
#include "cairn/source/strided_stream.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

constexpr uint64_t kLeastBandNbytes = uint64_t{4} << 20;
constexpr uint64_t kMostBandNbytes = uint64_t{64} << 20;
constexpr uint64_t kBandsInValue = 16;
constexpr uint64_t kMostReadAtOnce = 32 << 10;
constexpr uint64_t kMostGap = 2 << 10;  // that is read rather than begun anew after it
constexpr uint64_t kCacheLine = 64;
constexpr size_t kCheckNbytes = 256 << 10;

// `count` elements to consecutive places.
template <size_t kNbytes>
void Gather(const std::byte* from, uint64_t stride, uint64_t count, std::byte* to) {
  for (uint64_t i = 0; i < count; ++i) std::memcpy(to + i * kNbytes, from + i * stride, kNbytes);
}

void Gather(const std::byte* from, uint64_t stride, uint64_t count, std::byte* to,
            uint64_t element_nbytes) {
  if (stride == element_nbytes) {
    std::memcpy(to, from, count * element_nbytes);
    return;
  }
  switch (element_nbytes) {
    case 1:
      return Gather<1>(from, stride, count, to);
    case 2:
      return Gather<2>(from, stride, count, to);
    case 4:
      return Gather<4>(from, stride, count, to);
    case 8:
      return Gather<8>(from, stride, count, to);
    case 16:
      return Gather<16>(from, stride, count, to);
    default:
      for (uint64_t i = 0; i < count; ++i)
        std::memcpy(to + i * element_nbytes, from + i * stride, element_nbytes);
  }
}

// One dimension, and what of it is in the band at hand, and in the block of the band.
struct Axis {
  uint64_t size = 0;
  uint64_t stride = 0;  // bytes in the file
  uint64_t band_begin = 0;
  uint64_t band_count = 0;
  uint64_t band_stride = 0;  // bytes in the band
  uint64_t step = 1;         // of blocks
  uint64_t block_begin = 0;  // in the band
  uint64_t block_count = 0;
  uint64_t block_stride = 0;  // bytes where the block was read to
  uint64_t at = 0;            // in the block
};

class StridedStream final : public TensorStream {
 public:
  StridedStream(Extent stored, const std::vector<StridedAxis>& axes, uint64_t element_nbytes)
      : stored_(std::move(stored)),
        element_nbytes_(element_nbytes),
        axes_(axes.size()),
        by_stride_(axes.size()) {
    for (size_t d = 0; d < axes.size(); ++d) {
      axes_[d].size = axes[d].size;
      axes_[d].stride = axes[d].stride;
    }
    std::iota(by_stride_.begin(), by_stride_.end(), size_t{0});
    std::ranges::stable_sort(by_stride_, {}, [&](size_t d) { return axes_[d].stride; });
    has_ended_ = stored_.nbytes == 0;
    if (!has_ended_) ShapeBand();
  }

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    if (!is_checked_) CAIRN_RETURN_IF_ERROR(Check());
    if (given_ == band_.size()) CAIRN_RETURN_IF_ERROR(MakeBand());
    const size_t count = std::min(scratch.size(), band_.size() - given_);
    CopyBytes(Bytes(band_).subspan(given_, count), scratch.data());
    given_ += count;
    return scratch.first(count);
  }

 private:
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

  // A band is one index of the dimensions before cut_, some of cut_, all of those after it.
  void ShapeBand() {
    const uint64_t nbytes =
        std::clamp(stored_.nbytes / kBandsInValue, kLeastBandNbytes, kMostBandNbytes);
    uint64_t behind = element_nbytes_;
    cut_ = axes_.size() - 1;
    for (; cut_ > 0 && behind * axes_[cut_].size <= nbytes; --cut_) behind *= axes_[cut_].size;
    most_of_cut_ = std::clamp<uint64_t>(nbytes / behind, 1, axes_[cut_].size);
    uint64_t stride = element_nbytes_;
    for (size_t d = axes_.size(); d-- > 0;) {
      axes_[d].band_count = d < cut_ ? 1 : axes_[d].size;
      axes_[d].band_stride = stride;
      stride *= d == cut_ ? most_of_cut_ : axes_[d].band_count;
    }
  }

  // Leaves it empty after the last.
  Status MakeBand() {
    given_ = 0;
    band_.clear();
    if (has_ended_) return {};
    Axis& cut = axes_[cut_];
    cut.band_count = std::min(most_of_cut_, cut.size - cut.band_begin);
    band_.resize(cut.band_count * cut.band_stride);
    ShapeBlocks();
    for (Axis& axis : axes_) axis.block_begin = 0;
    do {
      CAIRN_RETURN_IF_ERROR(FillBlock());
    } while (NextBlock());
    has_ended_ = !NextBand();
    return {};
  }

  bool NextBand() {
    axes_[cut_].band_begin += axes_[cut_].band_count;
    for (size_t d = cut_; axes_[d].band_begin == axes_[d].size; --d) {
      if (d == 0) return false;
      axes_[d].band_begin = 0;
      ++axes_[d - 1].band_begin;
    }
    return true;
  }

  // A block has all of the dimensions whose neighbours lie close together, as far as one read
  // holds them, and as much of the next as it holds beside them.
  void ShapeBlocks() {
    for (Axis& axis : axes_) axis.step = 1;
    uint64_t span = element_nbytes_;
    bool has_last = false;
    size_t num_inner = 0;
    while (num_inner < axes_.size()) {
      Axis& axis = axes_[by_stride_[num_inner]];
      if (num_inner > 0 && axis.stride > kMostGap) break;
      ++num_inner;
      has_last = has_last || &axis == &axes_.back();
      const uint64_t room = span < kMostReadAtOnce ? kMostReadAtOnce - span : 0;
      axis.step = std::min(axis.band_count, 1 + room / axis.stride);
      span += (axis.step - 1) * axis.stride;
      if (axis.step < axis.band_count) break;
    }
    // A few blocks that are neighbours along the last dimension are read together, if they do not
    // lie in one already.
    is_one_read_ = has_last;
    Axis& last = axes_.back();
    if (!is_one_read_)
      last.step = std::clamp<uint64_t>(kCacheLine / element_nbytes_, 1, last.band_count);
  }

  bool NextBlock() {
    for (Axis& axis : axes_) {
      axis.block_begin += axis.step;
      if (axis.block_begin < axis.band_count) return true;
      axis.block_begin = 0;
    }
    return false;
  }

  Status FillBlock() {
    uint64_t begin = 0;
    uint64_t to = 0;
    for (Axis& axis : axes_) {
      axis.block_count = std::min(axis.step, axis.band_count - axis.block_begin);
      axis.block_stride = axis.stride;
      axis.at = 0;
      begin += (axis.band_begin + axis.block_begin) * axis.stride;
      to += axis.block_begin * axis.band_stride;
    }
    CAIRN_ASSIGN_OR_RETURN(const std::byte* const block, ReadBlock(begin));
    const Axis& last = axes_.back();
    uint64_t from = 0;
    do {
      Gather(block + from, last.block_stride, last.block_count, band_.data() + to, element_nbytes_);
    } while (NextRun(from, to));
    return {};
  }

  // Finds the next run of consecutive elements of the band.
  bool NextRun(uint64_t& from, uint64_t& to) {
    for (size_t d = axes_.size() - 1; d-- > 0;) {
      Axis& axis = axes_[d];
      from += axis.block_stride;
      to += axis.band_stride;
      if (++axis.at < axis.block_count) return true;
      from -= axis.block_count * axis.block_stride;
      to -= axis.block_count * axis.band_stride;
      axis.at = 0;
    }
    return false;
  }

  // Where the first element of the block is in memory.
  Result<const std::byte*> ReadBlock(uint64_t begin) {
    uint64_t span = element_nbytes_;
    for (const Axis& axis : axes_) span += (axis.block_count - 1) * axis.stride;
    const Bytes mapped = MappedBytes(stored_, begin, span);
    if (!mapped.empty()) return mapped.data();
    Axis& last = axes_.back();
    const uint64_t num_reads = is_one_read_ ? 1 : last.block_count;
    if (!is_one_read_) {
      span -= (last.block_count - 1) * last.stride;
      last.block_stride = span + kCacheLine;  // not all in the same sets of the cache
    }
    tile_.resize(std::max<uint64_t>(tile_.size(), num_reads * (span + kCacheLine)));
    for (uint64_t i = 0; i < num_reads; ++i)
      CAIRN_RETURN_IF_ERROR(
          stored_.file->ReadAt(stored_.offset + begin + i * last.stride,
                               MutableBytes(tile_).subspan(i * last.block_stride, span)));
    return tile_.data();
  }

  Extent stored_;
  uint64_t element_nbytes_;
  std::vector<Axis> axes_;
  std::vector<size_t> by_stride_;  // the axes, those whose neighbours lie closest first
  size_t cut_ = 0;
  uint64_t most_of_cut_ = 0;  // in a band
  bool is_one_read_ = false;  // a block; otherwise one each index of the last dimension
  bool is_checked_ = false;
  bool has_ended_ = false;
  std::vector<std::byte> band_;
  uint64_t given_ = 0;           // of the band
  std::vector<std::byte> tile_;  // the block, where the file is not mapped
};

}  // namespace

std::unique_ptr<TensorStream> StreamStrided(Extent stored, std::vector<StridedAxis> axes,
                                            uint64_t element_nbytes) {
  // Elements that lie together at the end of both orders are moved as one.
  while (axes.size() > 1 && axes.back().stride == element_nbytes) {
    element_nbytes *= axes.back().size;
    axes.pop_back();
  }
  return std::make_unique<StridedStream>(std::move(stored), axes, element_nbytes);
}

}  // namespace cairn
