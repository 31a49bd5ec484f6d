// The elements of a value in another order than the one they are stored in.
#ifndef CAIRN_SOURCE_STRIDED_STREAM_H_
#define CAIRN_SOURCE_STRIDED_STREAM_H_

#include <memory>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn {

// A dimension of the value, and how many stored bytes lie between two neighbours along it.
struct StridedAxis {
  uint64_t size = 0;
  uint64_t stride = 0;
};

// The elements of `stored` in the order of `axes`, the last of which runs fastest. The axes reach
// each stored element once. Bytes are checked before any is given; memory is a sixteenth of the
// value, 4 MiB at least, 64 MiB at most.
std::unique_ptr<TensorStream> StreamStrided(Extent stored, std::vector<StridedAxis> axes,
                                            uint64_t element_nbytes);

}  // namespace cairn

#endif  // CAIRN_SOURCE_STRIDED_STREAM_H_
