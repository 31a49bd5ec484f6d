// Packs bytes as deflate does (RFC 1951), fast rather than small.
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
  // Errors: kNoMemory.
  static Result<Deflater> Make();
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) = delete;
  ~Deflater();

  // The most that a stretch of so many bytes becomes.
  static constexpr uint64_t Bound(uint64_t nbytes) { return nbytes + nbytes / 8 + 4096; }

  // A new stretch, packed to the front of `out`.
  void Begin(MutableBytes out);
  // Errors: kInternal (`out` is too small); so Finish.
  Status Add(Bytes plain);
  // All that was packed since Begin.
  Result<Bytes> Finish(bool is_last);

 private:
  struct State;
  explicit Deflater(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_DEFLATER_H_
