#include "cairn/codec/zip/deflater.h"

#ifdef CAIRN_HAVE_ISAL
#include <isa-l/igzip_lib.h>

#include <vector>
#else
#include <zlib.h>
#endif

namespace cairn {

#ifdef CAIRN_HAVE_ISAL

struct Deflater::State {
  isal_zstream stream;
  std::vector<uint8_t> tables = std::vector<uint8_t>(ISAL_DEF_LVL2_DEFAULT);
  MutableBytes out;

  bool is_ready() {
    isal_deflate_init(&stream);
    stream.level = 2;  // as small as zlib packs by default; 3 takes twice as long
    stream.level_buf = tables.data();
    stream.level_buf_size = static_cast<uint32_t>(tables.size());
    return true;
  }
  void Begin() {
    isal_deflate_reset(&stream);
    stream.next_out = reinterpret_cast<uint8_t*>(out.data());
    stream.avail_out = static_cast<uint32_t>(out.size());
  }
  bool Run(Bytes plain, int flush, bool is_last) {
    stream.next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(plain.data()));
    stream.avail_in = static_cast<uint32_t>(plain.size());
    stream.flush = static_cast<uint16_t>(flush);
    stream.end_of_stream = is_last ? 1 : 0;
    return isal_deflate(&stream) == COMP_OK && stream.avail_in == 0 && stream.avail_out > 0;
  }
  bool Add(Bytes plain) { return Run(plain, NO_FLUSH, false); }
  bool Finish(bool is_last) { return Run({}, is_last ? NO_FLUSH : FULL_FLUSH, is_last); }
  uint64_t num_packed() const { return out.size() - stream.avail_out; }
};

#else

struct Deflater::State {
  z_stream stream = {};
  bool is_made = false;
  MutableBytes out;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (is_made) deflateEnd(&stream);
  }
  bool is_ready() {
    constexpr int kRawDeflate = -15;  // of the greatest window
    constexpr int kMemory = 8;
    is_made = deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kRawDeflate, kMemory,
                           Z_DEFAULT_STRATEGY) == Z_OK;
    return is_made;
  }
  void Begin() {
    deflateReset(&stream);
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
  }
  bool Add(Bytes plain) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    return deflate(&stream, Z_NO_FLUSH) == Z_OK && stream.avail_in == 0 && stream.avail_out > 0;
  }
  bool Finish(bool is_last) {
    const int result = deflate(&stream, is_last ? Z_FINISH : Z_FULL_FLUSH);
    return is_last ? result == Z_STREAM_END : result == Z_OK && stream.avail_out > 0;
  }
  uint64_t num_packed() const { return out.size() - stream.avail_out; }
};

#endif

namespace {

Status NoRoom() { return Status(Reason::kInternal, "deflated data is larger than its bound"); }

}  // namespace

Deflater::Deflater(std::unique_ptr<State> state) : state_(std::move(state)) {}
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater::~Deflater() = default;

Result<Deflater> Deflater::Make() {
  auto state = std::make_unique<State>();
  if (!state->is_ready()) return Status(Reason::kNoMemory, "no memory to deflate with");
  return Deflater(std::move(state));
}

void Deflater::Begin(MutableBytes out) {
  state_->out = out;
  state_->Begin();
}

Status Deflater::Add(Bytes plain) {
  if (plain.empty() || state_->Add(plain)) return {};
  return NoRoom();
}

Result<Bytes> Deflater::Finish(bool is_last) {
  if (!state_->Finish(is_last)) return NoRoom();
  return Bytes(state_->out.first(state_->num_packed()));
}

}  // namespace cairn
