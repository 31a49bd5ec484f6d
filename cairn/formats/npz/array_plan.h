// Decides what each tensor becomes in numpy's files, before anything is written.
#ifndef CAIRN_FORMATS_NPZ_ARRAY_PLAN_H_
#define CAIRN_FORMATS_NPZ_ARRAY_PLAN_H_

#include <memory>
#include <string>

#include "cairn/core/tensor_dict.h"

namespace cairn::npz {

// An .npy file to be.
struct PlannedArray {
  std::string header;
  std::shared_ptr<const TensorSource> value;  // of numbers: its bytes follow the header
  // The dtype, where the header tells another or none ("bfloat16"); "string" for a bookkeeping
  // entry, whose one string is an array of bytes.
  std::string note;

  uint64_t nbytes() const { return header.size() + value->nbytes(); }
};

// Tensor i of a dict that CanHold. String tensors are read once for their width here, and again
// when the value is. Errors: those of the source; kUnsupported.
Result<PlannedArray> PlanMember(const TensorDict& dict, size_t i);
// The same for a file by itself, which has no place for a note.
Result<PlannedArray> PlanFile(const TensorDict& dict, size_t i);

// Whether a name can be that of a member, and a shape and elements those of an array. String
// tensors are read. Errors: kUnsupported, naming the tensors; those of the sources.
Status CheckMembers(const TensorDict& dict);
// Whether there is one tensor, and what PlanFile makes of it is read back as the same. Errors:
// as CheckMembers.
Status CheckFile(const TensorDict& dict);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_ARRAY_PLAN_H_
