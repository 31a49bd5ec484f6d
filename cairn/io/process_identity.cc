// Linux: /proc/PID/stat, /proc/sys/kernel/random/boot_id.
#include "cairn/io/process_identity.h"

#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>

namespace cairn {
namespace {

// The first line of a small file; "" where there is none.
std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Field 22 of /proc/PID/stat; 0 where the process is gone. The name in parentheses may hold spaces
// and parentheses, so fields are counted from its end, which is field 2.
uint64_t StartOf(int64_t process) {
  constexpr int kFieldsAfterName = 20;
  const std::string line = FirstLine("/proc/" + std::to_string(process) + "/stat");
  std::string_view rest = line;
  rest.remove_prefix(std::min(line.rfind(')') + 1, line.size()));
  for (int i = 0; i < kFieldsAfterName; ++i)
    rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
  uint64_t started = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), started);
  return started;
}

std::string BootId() { return FirstLine("/proc/sys/kernel/random/boot_id"); }

}  // namespace

ProcessIdentity ThisProcess() {
  ProcessIdentity identity;
  utsname names = {};
  if (::uname(&names) == 0) identity.host = names.nodename;
  identity.machine = FirstLine("/etc/machine-id");
  identity.boot = BootId();
  identity.process = ::getpid();
  identity.started = StartOf(identity.process);
  return identity;
}

bool IsOnThisHost(const ProcessIdentity& identity) {
  const ProcessIdentity self = ThisProcess();
  if (identity.host != self.host) return false;
  // The ids may not have been readable then: the host's name is all that is known.
  if (identity.machine.empty() && identity.boot.empty()) return true;
  return identity.machine == self.machine || (!self.boot.empty() && identity.boot == self.boot);
}

bool IsRunning(const ProcessIdentity& identity) {
  const std::string boot = BootId();
  if (!boot.empty() && !identity.boot.empty() && boot != identity.boot) return false;
  if (::kill(static_cast<pid_t>(identity.process), 0) != 0 && errno == ESRCH) return false;
  const uint64_t started = StartOf(identity.process);
  return started == 0 || started == identity.started;
}

}  // namespace cairn
