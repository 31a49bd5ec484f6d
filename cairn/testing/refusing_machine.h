// Linux that refuses: small disks, limits, failing system calls. Each is undone when it is
// destroyed, but for FailCalls.
#ifndef CAIRN_TESTING_REFUSING_MACHINE_H_
#define CAIRN_TESTING_REFUSING_MACHINE_H_

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "cairn/testing/temp_directory.h"

namespace cairn {

// A tmpfs, seen by this process alone; needs root. `options` are those of mount: "size=64k".
class SmallDisk {
 public:
  explicit SmallDisk(const char* options) {
    ok_ = ::unshare(CLONE_NEWNS) == 0 &&
          ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
          ::mount("none", path().c_str(), "tmpfs", 0, options) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (ok_) ::umount2(path().c_str(), MNT_DETACH);
  }

  bool ok() const { return ok_; }
  const std::string& path() const { return temp_.path(); }
  bool MakeReadOnly() {
    return ::mount("none", path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  TempDirectory temp_;
  bool ok_ = false;
};

// Root may do everything; under this it is nobody.
class AsNobody {
 public:
  AsNobody() { (void)!::seteuid(was_root_ ? 65534 : ::geteuid()); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() { (void)!::seteuid(was_root_ ? 0 : ::geteuid()); }

 private:
  bool was_root_ = ::geteuid() == 0;
};

class ProcessLimit {
 public:
  ProcessLimit(__rlimit_resource resource, rlim_t value) : resource_(resource) {
    ::getrlimit(resource_, &old_);
    const rlimit limit{value, old_.rlim_max};
    ::setrlimit(resource_, &limit);
  }
  ProcessLimit(const ProcessLimit&) = delete;
  ProcessLimit& operator=(const ProcessLimit&) = delete;
  ~ProcessLimit() { ::setrlimit(resource_, &old_); }

 private:
  __rlimit_resource resource_;
  rlimit old_ = {};
};

struct FailingCall {
  long number;  // SYS_fsync
  int error;
};

// From now on the kernel answers these calls of this process with their errors and does not carry
// them out. For a child process: it is not undone. False where that cannot be had.
inline bool FailCalls(const std::vector<FailingCall>& calls) {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const FailingCall& call : calls) {
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call.number), 0, 1));
    program.push_back(
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(call.error)));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Whether FailCalls works here, tried in a child.
inline bool CanFailCalls() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(FailCalls({{SYS_getppid, EPERM}}) && ::getppid() == -1 ? 0 : 1);
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace cairn

#endif  // CAIRN_TESTING_REFUSING_MACHINE_H_
