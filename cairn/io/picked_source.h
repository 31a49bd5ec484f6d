// Some elements of a tensor whose value has to be read from its start.
#ifndef CAIRN_IO_PICKED_SOURCE_H_
#define CAIRN_IO_PICKED_SOURCE_H_

#include "cairn/core/box.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// The elements of `whole` that lie in `runs`, which are runs of its dimensions. `shape` has as many
// elements. CHECKED: each reading reads all of `whole` to its checked end.
std::shared_ptr<const TensorSource> Pick(std::shared_ptr<const TensorSource> whole, BoxRuns runs,
                                         Shape shape);

}  // namespace cairn

#endif  // CAIRN_IO_PICKED_SOURCE_H_
