#include "cairn/codec/zip/inflater.h"

#ifdef CAIRN_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

namespace cairn {

#ifdef CAIRN_HAVE_ISAL

struct Inflater::State {
  inflate_state stream;

  bool is_ready() {
    isal_inflate_init(&stream);
    stream.crc_flag = ISAL_DEFLATE;
    return true;
  }
  bool Run() { return isal_inflate(&stream) == ISAL_DECOMP_OK; }
  bool is_done() const { return stream.block_state == ISAL_BLOCK_FINISH; }
  // It takes up to eight bytes ahead, and does not give them back.
  size_t num_behind_end() const { return static_cast<size_t>(stream.read_in_length) / 8; }
};

#else

struct Inflater::State {
  z_stream stream = {};
  bool is_made = false;
  bool has_ended = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (is_made) inflateEnd(&stream);
  }
  bool is_ready() {
    constexpr int kRawDeflate = -15;  // of the greatest window
    is_made = inflateInit2(&stream, kRawDeflate) == Z_OK;
    return is_made;
  }
  bool Run() {
    const int result = inflate(&stream, Z_NO_FLUSH);
    has_ended = result == Z_STREAM_END;
    // Z_BUF_ERROR: nothing left to take. It goes on when there is more.
    return has_ended || result == Z_OK || result == Z_BUF_ERROR;
  }
  bool is_done() const { return has_ended; }
  size_t num_behind_end() const { return 0; }
};

#endif

Inflater::Inflater(std::unique_ptr<State> state) : state_(std::move(state)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

Result<Inflater> Inflater::Make() {
  auto state = std::make_unique<State>();
  if (!state->is_ready()) return Status(Reason::kNoMemory, "no memory to inflate with");
  return Inflater(std::move(state));
}

Result<size_t> Inflater::Inflate(Bytes& packed, MutableBytes plain) {
  if (is_done()) return size_t{0};
  auto& stream = state_->stream;
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uint32_t>(packed.size());
  stream.next_out = reinterpret_cast<unsigned char*>(plain.data());
  stream.avail_out = static_cast<uint32_t>(plain.size());
  if (!state_->Run()) return Status(Reason::kFormat, "its deflated data is damaged");
  packed = packed.last(stream.avail_in);
  return plain.size() - stream.avail_out;
}

bool Inflater::is_done() const { return state_->is_done(); }
size_t Inflater::num_behind_end() const { return state_->num_behind_end(); }

}  // namespace cairn
