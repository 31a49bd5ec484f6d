#include "cairn/monitor/move_aside.h"

namespace cairn {

Result<std::string> TakeFreeName(const std::string& name,
                                 const std::function<Status(const std::string&)>& take) {
  constexpr int kMaxNames = 1000;
  std::string candidate = name;
  for (int i = 1;; ++i) {
    const Status taken = take(candidate);
    if (taken.ok()) return candidate;
    if (taken.reason() != Reason::kExists || i == kMaxNames) return taken;
    candidate = name + "-" + std::to_string(i);
  }
}

Result<std::string> MoveAside(FileSystem& fs, const std::string& path, const std::string& ending) {
  return TakeFreeName(path + ending,
                      [&](const std::string& to) { return fs.RenameNoReplace(path, to); });
}

}  // namespace cairn
