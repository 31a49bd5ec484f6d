// The mark inside a checkpoint that a repair could only save in part: one string tensor, whose
// lines say what was lost.
//
//   1 lost
//   E_CRC: tensor 'weights'
//
// TensorFlow leaves the entry alone. A checkpoint with the mark does not verify, and no run is
// resumed from it. Who wants to use what is left removes the mark:
//
//   cairn convert --exclude _CAIRN_PARTIAL_RESCUE rescued/model-40 usable/model-40
#ifndef CAIRN_CHECKPOINT_PARTIAL_RESCUE_H_
#define CAIRN_CHECKPOINT_PARTIAL_RESCUE_H_

#include <memory>
#include <span>

#include "cairn/core/bookkeeping.h"
#include "cairn/formats/format.h"

namespace cairn {

// The mark for what was lost, with the lines of an `earlier` mark before it (null = there is none).
// No path is in it: equal losses give equal bytes. Errors: those of reading `earlier`.
Result<std::shared_ptr<const TensorSource>> MakePartialRescueMark(std::span<const Finding> lost,
                                                                  const TensorSource* earlier);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_PARTIAL_RESCUE_H_
