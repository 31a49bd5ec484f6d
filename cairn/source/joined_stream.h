// The stream of a joined tensor.
#ifndef CAIRN_SOURCE_JOINED_STREAM_H_
#define CAIRN_SOURCE_JOINED_STREAM_H_

#include <queue>

#include "cairn/source/joined_source.h"

namespace cairn {

// Takes runs from the slices in the order of the whole. A slice is opened at its first run, and
// ends with its last: no more than those that the stream is inside of are open.
class JoinedStream final : public TensorStream {
 public:
  // `slices` are in the order of their first elements, tile the tensor, and outlive the stream.
  JoinedStream(std::span<const JoinedSource::Slice> slices, const Shape& shape,
               uint64_t element_nbytes);

  Result<Bytes> Next(MutableBytes scratch) override;

 private:
  struct Open {
    const JoinedSource::Slice* slice;
    BoxRuns runs;
    std::unique_ptr<TensorStream> stream;
    std::vector<std::byte> scratch;
    Bytes rest;             // of the stream's last piece
    uint64_t run = 0;       // the one to come or to go on with
    uint64_t run_done = 0;  // bytes of it
  };
  struct ComesLater {
    bool operator()(const std::unique_ptr<Open>& a, const std::unique_ptr<Open>& b) const {
      return a->runs.OffsetOf(a->run) > b->runs.OffsetOf(b->run);
    }
  };

  Status OpenPartsUpTo(uint64_t element);
  // Fills the front of `out` from the slice whose turn it is; gives how much.
  Result<uint64_t> TakeRun(MutableBytes out);
  static Status Copy(Open& open, MutableBytes out);
  static Status CheckEnd(Open& open);

  std::span<const JoinedSource::Slice> waiting_;
  std::span<const int64_t> dims_;
  uint64_t element_nbytes_;
  uint64_t nbytes_left_;
  uint64_t nbytes_done_ = 0;
  size_t scratch_nbytes_;
  std::priority_queue<std::unique_ptr<Open>, std::vector<std::unique_ptr<Open>>, ComesLater> open_;
  std::unique_ptr<Open> current_;
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_JOINED_STREAM_H_
