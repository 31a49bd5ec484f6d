// Packs bytes as deflate does (RFC 1951): weights fast, and what packs well as small as zlib does.
#ifndef CAIRN_CODEC_ZIP_DEFLATER_H_
#define CAIRN_CODEC_ZIP_DEFLATER_H_

#include <memory>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// Packs a stretch at a time. Each begins anew and ends at a whole byte, so that stretches packed by
// several threads, one after the other, are one deflated stream; the last one ends it.
class Deflater {
 public:
  // Packs by zlib at a level from 1 (fast) to 9 (small); 0 packs each stretch as a trial tells.
  // Errors: kNoMemory.
  static Result<Deflater> Make(int level = 0);
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) = delete;
  ~Deflater();

  // The most that a stretch of so many bytes becomes.
  static constexpr uint64_t Bound(uint64_t nbytes) { return nbytes + nbytes / 8 + 4096; }

  // Packs a stretch to the front of `out`, and returns what it became. How it is packed depends on
  // its bytes and the level alone. Errors: kInternal (`out` is too small).
  Result<Bytes> Pack(Bytes stretch, bool is_last, MutableBytes out);

 private:
  struct Packers;
  explicit Deflater(std::unique_ptr<Packers> packers);

  std::unique_ptr<Packers> packers_;
};

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_DEFLATER_H_
