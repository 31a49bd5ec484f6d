// What the Verify of every format ends with: each tensor of the open checkpoint, judged by itself.
#ifndef CAIRN_FORMATS_VERIFY_TENSORS_H_
#define CAIRN_FORMATS_VERIFY_TENSORS_H_

#include "cairn/formats/format.h"

namespace cairn {

// A finding that is an error, of `path`.
Finding MakeFinding(const Status& error, std::string path);

// Whether a checkpoint has the mark of a repair that could not save all of it. Errors: kPartial.
Status CheckNotPartial(const TensorDict& dict);

// Adds to `report` the tensors of `dict` and what is wrong with them. The mark of a partial rescue
// is a finding. kQuick asks for their sources alone; else all are read to their ends. Errors:
// kCancelled only.
Status VerifyTensors(const TensorDict& dict, const VerifyOptions& options, VerifyReport& report);

}  // namespace cairn

#endif  // CAIRN_FORMATS_VERIFY_TENSORS_H_
