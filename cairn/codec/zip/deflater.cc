#include "cairn/codec/zip/deflater.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <vector>

#ifdef CAIRN_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace cairn {
namespace {

// Packs by zlib.
class ZlibPacker {
 public:
  explicit ZlibPacker(int level) : level_(level) {}
  ZlibPacker(const ZlibPacker&) = delete;
  ZlibPacker& operator=(const ZlibPacker&) = delete;
  ~ZlibPacker() {
    if (is_made_) deflateEnd(&stream_);
  }

  // Whether there was memory for it.
  bool Make() {
    constexpr int kRawDeflate = -15;  // of the greatest window
    constexpr int kMemory = 8;
    is_made_ = deflateInit2(&stream_, level_, Z_DEFLATED, kRawDeflate, kMemory,
                            Z_DEFAULT_STRATEGY) == Z_OK;
    return is_made_;
  }

  // Returns the length of the packed stretch, or nothing if `out` is too small. Matches may lie in
  // `before`, too, the bytes before the stretch.
  std::optional<uint64_t> Pack(Bytes stretch, bool is_last, MutableBytes out, Bytes before = {}) {
    deflateReset(&stream_);
    deflateSetDictionary(&stream_, reinterpret_cast<const Bytef*>(before.data()),
                         static_cast<uInt>(before.size()));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stretch.data()));
    stream_.avail_in = static_cast<uInt>(stretch.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream_, is_last ? Z_FINISH : Z_FULL_FLUSH);
    const bool is_done = is_last ? result == Z_STREAM_END
                                 : result == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0;
    if (!is_done) return std::nullopt;
    return out.size() - stream_.avail_out;
  }

 private:
  int level_;
  z_stream stream_ = {};
  bool is_made_ = false;
};

#ifdef CAIRN_HAVE_ISAL

// Packs by ISA-L: thirty times as fast, and as small where there is hardly a match to find.
class FastPacker {
 public:
  bool Make() {
    isal_deflate_init(&stream_);
    stream_.level = 2;  // 3 takes twice as long
    stream_.level_buf = tables_.data();
    stream_.level_buf_size = static_cast<uint32_t>(tables_.size());
    return true;
  }

  // Packs in one call, since each further one costs bytes: zeros in pieces of 128 KiB become a
  // third larger.
  std::optional<uint64_t> Pack(Bytes stretch, bool is_last, MutableBytes out) {
    isal_deflate_reset(&stream_);
    stream_.next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(stretch.data()));
    stream_.avail_in = static_cast<uint32_t>(stretch.size());
    stream_.next_out = reinterpret_cast<uint8_t*>(out.data());
    stream_.avail_out = static_cast<uint32_t>(out.size());
    stream_.flush = is_last ? NO_FLUSH : FULL_FLUSH;
    stream_.end_of_stream = is_last ? 1 : 0;
    const bool is_done =
        isal_deflate(&stream_) == COMP_OK && stream_.avail_in == 0 && stream_.avail_out > 0;
    if (!is_done) return std::nullopt;
    return out.size() - stream_.avail_out;
  }

 private:
  isal_zstream stream_;
  std::vector<uint8_t> tables_ = std::vector<uint8_t>(ISAL_DEF_LVL2_DEFAULT);
};

#else

class FastPacker : public ZlibPacker {
 public:
  FastPacker() : ZlibPacker(Z_BEST_SPEED) {}
};

#endif

// How many bytes of a stretch choose its packer: so many that about 4 KiB of packed ones come out,
// beside which the table of codes, about 80 bytes, does not count.
constexpr uint64_t kPackedSampleNbytes = 4 << 10;
constexpr uint64_t kMinSampleNbytes = 8 << 10;
constexpr uint64_t kMaxSampleNbytes = 128 << 10;

// How far deflate looks back for matches.
constexpr uint64_t kWindowNbytes = 32 << 10;

}  // namespace

struct Deflater::Packers {
  explicit Packers(int level)
      : is_tried(level == 0), small(is_tried ? Z_DEFAULT_COMPRESSION : level) {}

  bool is_tried;  // whether the fast packer packs, too
  FastPacker fast;
  ZlibPacker small;
  std::vector<std::byte> trial = std::vector<std::byte>(Bound(kMaxSampleNbytes));

  std::optional<uint64_t> Pack(Bytes stretch, bool is_last, MutableBytes out) {
    if (!is_tried) return small.Pack(stretch, is_last, out);
    const auto nbytes = fast.Pack(stretch, is_last, out);
    const bool gains = nbytes && SmallGains(stretch, *nbytes);
    return gains ? small.Pack(stretch, is_last, out) : nbytes;
  }

  // Whether zlib packs so much better than to `fast_nbytes` that its time is worth it. It packs
  // some bytes from the middle, as it would on its way through the stretch. Where the fast packer
  // saves less than a tenth, as with weights, there is hardly a match, and zlib finds none either.
  bool SmallGains(Bytes stretch, uint64_t fast_nbytes) {
    if (fast_nbytes > stretch.size() * 9 / 10) return false;
    const uint64_t wanted = std::clamp(kPackedSampleNbytes * stretch.size() / fast_nbytes,
                                       kMinSampleNbytes, kMaxSampleNbytes);
    const uint64_t count = std::min<uint64_t>(stretch.size(), wanted);
    const uint64_t begin = (stretch.size() - count) / 2;
    const uint64_t window = std::min(begin, kWindowNbytes);
    const auto nbytes = small.Pack(stretch.subspan(begin, count), true, trial,
                                   stretch.subspan(begin - window, window));
    return nbytes && *nbytes * stretch.size() * 103 / 100 < fast_nbytes * count;
  }
};

Deflater::Deflater(std::unique_ptr<Packers> packers) : packers_(std::move(packers)) {}
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater::~Deflater() = default;

Result<Deflater> Deflater::Make(int level) {
  auto packers = std::make_unique<Packers>(level);
  if (!packers->fast.Make() || !packers->small.Make())
    return Status(Reason::kNoMemory, "no memory to deflate with");
  return Deflater(std::move(packers));
}

Result<Bytes> Deflater::Pack(Bytes stretch, bool is_last, MutableBytes out) {
  const std::optional<uint64_t> nbytes = packers_->Pack(stretch, is_last, out);
  if (!nbytes) return Status(Reason::kInternal, "deflated data is larger than its bound");
  return Bytes(out.first(*nbytes));
}

}  // namespace cairn
