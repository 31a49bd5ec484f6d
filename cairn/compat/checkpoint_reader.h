// TensorFlow's CheckpointReader (`tf.train.load_checkpoint`), without TensorFlow: the same methods,
// the same answers, on checkpoints of every format that is read here.
//
// Where TensorFlow's aborts, is silent or is wrong, this one gives the right value or an error:
// slices of any dtype are joined, V1 strings, half and slices are read, an index with a damaged
// block does not open, a slice entry of another shape or dtype is kSlice or kDType, numbers that
// cannot be (negative dimensions, unknown dtypes) are errors of opening.
#ifndef CAIRN_COMPAT_CHECKPOINT_READER_H_
#define CAIRN_COMPAT_CHECKPOINT_READER_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"
#include "cairn/transfer/arena.h"

namespace cairn {

// A value in memory.
struct LoadedTensor {
  DType dtype = DType::kInvalid;
  Shape shape;
  std::shared_ptr<Arena> memory;  // row-major, little-endian; null for strings and variants
  StringTensor strings;           // their elements; of variants, the serialised messages

  Bytes bytes() const { return memory ? Bytes(memory->bytes()) : Bytes(); }
};

// Immutable; safe to use from several threads at once.
class CAIRN_EXPORT CheckpointReader {
 public:
  // Any path that cairn::Open takes: TensorFlow's reader takes a prefix alone. Errors: those of
  // Open.
  static Result<CheckpointReader> Open(FileSystem& fs, std::string_view path,
                                       const OpenOptions& options = {});

  // Whether there is a tensor of exactly this name, or a slice under exactly this key of the index.
  bool HasTensor(std::string_view name) const;

  // Returns the source of what GetTensor reads. Errors: those of GetTensor that are known before
  // anything is read.
  Result<std::shared_ptr<const TensorSource>> GetSource(std::string_view name) const;

  // The whole value, checked; a partitioned variable is joined. By its key, a single slice. Errors:
  // kMissing (NotFound), kCrc (DataLoss; also where a V2 entry has no checksum, as TensorFlow
  // answers, while cairn::Open reads such a tensor as unprotected), what else reading meets.
  Result<LoadedTensor> GetTensor(std::string_view name, const TransferOptions& options = {}) const;

  // Every tensor; partitioned variables once, whole.
  std::map<std::string, std::vector<int64_t>> GetVariableToShapeMap() const;
  std::map<std::string, DType> GetVariableToDTypeMap() const;

  // A line for each tensor, "name (DT_FLOAT) [3,4]". As in TensorFlow, V2 gives a line for each
  // slice instead of one for a partitioned variable, and V1 says ", 3 slices" after it. Names are
  // as they are. Sorted by name (TensorFlow's V1 has no order).
  std::string DebugString() const;

 private:
  CheckpointReader(TensorDict tensors, TensorDict slices, bool is_v2)
      : tensors_(std::move(tensors)), slices_(std::move(slices)), is_v2_(is_v2) {}

  TensorDict tensors_;
  TensorDict slices_;  // of V2, by their keys
  bool is_v2_;
};

}  // namespace cairn

#endif  // CAIRN_COMPAT_CHECKPOINT_READER_H_
