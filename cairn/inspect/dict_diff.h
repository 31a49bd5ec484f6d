// Compares two dicts of tensors.
#ifndef CAIRN_INSPECT_DICT_DIFF_H_
#define CAIRN_INSPECT_DICT_DIFF_H_

#include <optional>
#include <variant>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/inspect/rename_guesses.h"
#include "cairn/inspect/value_diff.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// The difference of two tensors of strings (or variants) of one shape.
struct StringDiff {
  uint64_t num_elements = 0;
  uint64_t num_different = 0;
};

// A tensor that both dicts have, and that is not equal: in dtype, in shape or in its values.
struct ChangedTensor {
  size_t a = 0;  // positions in the dicts
  size_t b = 0;
  // Empty where there are no values to compare: other shapes, or strings against numbers.
  std::variant<std::monostate, ValueDiff, StringDiff> values = {};
};

struct DictDiff {
  std::vector<size_t> only_in_a;  // positions in the dicts
  std::vector<size_t> only_in_b;
  // Guesses; their tensors are among those above, too.
  std::vector<RenameGuess> renamed;
  std::vector<ChangedTensor> changed;
  // Tensors that could not be compared, since one side is damaged or cannot be read: each error has
  // the name of its tensor. Those of b may stand beside those of a.
  std::vector<Status> errors;
  uint64_t num_compared = 0;           // tensors that both have, without those of `errors`
  uint64_t num_equal_by_checksum = 0;  // of which nothing was read
  uint64_t nbytes_read = 0;            // of values, of both sides

  bool is_equal() const {
    return only_in_a.empty() && only_in_b.empty() && changed.empty() && errors.empty();
  }
};

struct DiffOptions {
  // Without one, values are equal if their bytes are.
  std::optional<Tolerance> tolerance = {};
  // Set to read tensors whose stored checksums, sizes and dtypes are equal. They are not
  // read otherwise, except where the tolerance says that a NaN is not close to itself.
  bool read_all = false;
  TransferOptions transfer = {};
};

// Compares the tensors of one name, streaming in bounded memory over threads, and lists the others.
// Every checksum is compared on the way; numbers of damaged bytes are never given out. Everything
// is in the order of the names. Errors: kCancelled, kNoMemory.
Result<DictDiff> DiffDicts(const TensorDict& a, const TensorDict& b, const DiffOptions& options);

}  // namespace cairn

#endif  // CAIRN_INSPECT_DICT_DIFF_H_
