// Inflates raw deflate, a piece at a time.
#ifndef CAIRN_CODEC_ZIP_INFLATER_H_
#define CAIRN_CODEC_ZIP_INFLATER_H_

#include <memory>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// ISA-L, or zlib where it is absent. Used by one thread. Nothing that it gives is to be trusted
// before a checksum held: ISA-L takes sets of codes that leave some out, which zlib refuses.
class Inflater {
 public:
  static Result<Inflater> Make();  // Errors: kNoMemory
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  // Inflates from the front of `packed`, of which what it took is dropped, to the front of `plain`;
  // gives how much. Stops where one of them, or the deflated data, ends; both are below 4 GiB, and
  // `plain` is not empty. Errors: kFormat.
  Result<size_t> Inflate(Bytes& packed, MutableBytes plain);

  // The deflated data has ended, and all of it was given.
  bool is_done() const;
  // The number of bytes that were taken and follow the end of the stream.
  size_t num_behind_end() const;

 private:
  struct State;
  explicit Inflater(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_INFLATER_H_
