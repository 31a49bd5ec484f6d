// The name of the file that the writer of a run holds locked; see run/run_lock.h.
#ifndef CAIRN_CORE_RUN_LOCK_NAME_H_
#define CAIRN_CORE_RUN_LOCK_NAME_H_

#include <string_view>

namespace cairn {

inline constexpr std::string_view kRunLockName = ".cairn.lock";

}  // namespace cairn

#endif  // CAIRN_CORE_RUN_LOCK_NAME_H_
