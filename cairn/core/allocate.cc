#include "cairn/core/allocate.h"

#include <exception>

namespace cairn::internal {

Status Allocate(uint64_t nbytes, const std::function<void()>& allocate) {
  try {
    allocate();
  } catch (const std::exception&) {
    return Status(Reason::kNoMemory, "cannot allocate " + std::to_string(nbytes) + " bytes");
  }
  return {};
}

}  // namespace cairn::internal
