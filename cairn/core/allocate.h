// Memory for containers of the program, as an error and not as an exception where there is none.
#ifndef CAIRN_CORE_ALLOCATE_H_
#define CAIRN_CORE_ALLOCATE_H_

#include <cstdint>
#include <functional>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn::internal {

// Calls `allocate`, which asks for `nbytes` bytes, and catches what it throws: a program without
// exceptions cannot. Errors: kNoMemory.
CAIRN_EXPORT Status Allocate(uint64_t nbytes, const std::function<void()>& allocate);

}  // namespace cairn::internal

#endif  // CAIRN_CORE_ALLOCATE_H_
