// The names of the tensors of a transfer, for its errors.
#ifndef CAIRN_TRANSFER_TRANSFER_NAMES_H_
#define CAIRN_TRANSFER_TRANSFER_NAMES_H_

#include <span>
#include <string_view>

#include "cairn/core/escape.h"
#include "cairn/core/status.h"

namespace cairn {

class TransferNames {
 public:
  // Empty: the errors name no tensor.
  explicit TransferNames(std::span<const std::string_view> names) : names_(names) {}

  // The error as one of tensor i.
  Status In(size_t i, const Status& status) const {
    return status.ok() || names_.empty() ? status : status.InTensor(names_[i]);
  }

 private:
  std::span<const std::string_view> names_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_TRANSFER_NAMES_H_
