#include "cairn/engines/tensorflow/quiet_stderr.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {

std::mutex& QuietStderr::Mutex() {
  static std::mutex mutex;
  return mutex;
}

QuietStderr::QuietStderr() {
  std::fflush(stderr);
  const posix::FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (nowhere.get() < 0) return;
  saved_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (saved_ >= 0) ::dup2(nowhere.get(), STDERR_FILENO);
}

QuietStderr::~QuietStderr() {
  if (saved_ < 0) return;
  std::fflush(stderr);
  ::dup2(saved_, STDERR_FILENO);
  ::close(saved_);
}

}  // namespace cairn::tensorflow
