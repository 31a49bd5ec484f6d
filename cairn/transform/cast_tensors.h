// Casts the tensors of a dict to other dtypes, while they are read.
#ifndef CAIRN_TRANSFORM_CAST_TENSORS_H_
#define CAIRN_TRANSFORM_CAST_TENSORS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// Without a pattern, it is for all tensors of floating-point numbers; with one, for all tensors of
// numbers that match.
struct CastRule {
  DType dtype = DType::kInvalid;
  std::optional<NamePattern> pattern = {};
};
// Parses "float16" or "float16:PATTERN". Errors: kArgument.
CAIRN_EXPORT Result<CastRule> ParseCastRule(std::string_view text, PatternSyntax syntax);

// Counts of what the cast of one tensor lost. Rounding to the nearest value is not counted.
struct CastLoss {
  std::string name;
  uint64_t num_elements = 0;
  uint64_t num_overflowed = 0;  // became infinity, NaN or the greatest value of the dtype
  uint64_t num_zeroed = 0;      // were not zero
  uint64_t num_truncated = 0;   // lost a fraction
};

// The casts of one dict. Safe to use from several threads.
class CAIRN_EXPORT CastReport {
 public:
  CastReport();
  ~CastReport();

  // Returns the losses so far, by name, of the tensors that lost anything. They are complete once
  // all tensors have been read, by a save for example.
  std::vector<CastLoss> Losses() const;

 private:
  friend class TensorCaster;
  struct State;
  std::shared_ptr<State> state_;
};

// Casts as the last rule says that is for a tensor: to the nearest value, halfway cases to the even
// one, as ml_dtypes and numpy do. `report` may be null. Errors: kMissing (a pattern that matches no
// tensor), kMismatch (complex numbers or strings that a pattern names); of reading: also kMismatch
// (a value that an integer dtype does not have).
CAIRN_EXPORT Result<TensorDict> CastTensors(const TensorDict& dict,
                                            const std::vector<CastRule>& rules,
                                            CastReport* report = nullptr);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_CAST_TENSORS_H_
