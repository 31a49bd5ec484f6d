// The last step of every format's Verify: each tensor of the open checkpoint is judged by itself.
#ifndef CAIRN_FORMATS_VERIFY_TENSORS_H_
#define CAIRN_FORMATS_VERIFY_TENSORS_H_

#include "cairn/formats/format.h"

namespace cairn {

// Returns a finding that is an error of tensor `i`. Where the error does not say in which file, it
// is the one that holds the tensor.
Finding MakeTensorFinding(const TensorDict& dict, size_t i, const Status& error);

// Whether a checkpoint has the mark of a repair that could not save all of it. Errors: kPartial.
Status CheckNotPartial(const TensorDict& dict);

// Adds to `report` the tensors of `dict` and what is wrong with them. The mark of a partial rescue
// is a finding. kQuick asks for their sources alone; else all are read to their ends, and the
// object graph is compared with them. Errors:
// kCancelled only.
Status VerifyTensors(const TensorDict& dict, const VerifyOptions& options, VerifyReport& report);

}  // namespace cairn

#endif  // CAIRN_FORMATS_VERIFY_TENSORS_H_
