// Some elements of a tensor, picked out of the whole.
#ifndef CAIRN_SOURCE_PICKED_SOURCE_H_
#define CAIRN_SOURCE_PICKED_SOURCE_H_

#include "cairn/core/box.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// Returns the elements of `whole` that lie in `runs`, which are runs of its dimensions. `shape` has
// as many elements. CHECKED: each reading reads all of `whole` to its checked end.
std::shared_ptr<const TensorSource> Pick(std::shared_ptr<const TensorSource> whole, BoxRuns runs,
                                         Shape shape);

// Does the same with ReadAt of `whole`, which has random access: only what lies in `runs` is read.
// UNCHECKED: a checksum covers the whole value.
std::shared_ptr<const TensorSource> PickUnchecked(std::shared_ptr<const TensorSource> whole,
                                                  BoxRuns runs, Shape shape);

}  // namespace cairn

#endif  // CAIRN_SOURCE_PICKED_SOURCE_H_
