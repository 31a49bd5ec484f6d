#include "cli/write_all.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "cli/signals.h"

namespace cairn::cli {
namespace {

bool IsRegularFile(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

constexpr int kPatienceMs = 500;

// Waits until `fd` takes PIPE_BUF bytes at once, or fails. Returns 0, ECANCELED, or errno.
int WaitUntilWritable(int fd) {
  pollfd waited[] = {{fd, POLLOUT, 0}, {InterruptFd(), POLLIN, 0}};
  while (::poll(waited, std::size(waited), -1) < 0) {
    if (errno != EINTR) return errno;
  }
  if (waited[0].revents != 0) return 0;
  // A reader that is at work takes what is left of a document in this time.
  while (::poll(waited, 1, kPatienceMs) < 0) {
    if (errno != EINTR) return errno;
  }
  return waited[0].revents == 0 ? ECANCELED : 0;
}

}  // namespace

int WriteAllTo(int fd, std::string_view data) {
  const bool never_waits = IsRegularFile(fd);
  while (!data.empty()) {
    if (!never_waits) {
      if (const int error = WaitUntilWritable(fd)) return error;
    }
    // A pipe that takes PIPE_BUF bytes may make a longer write wait, where no interrupt is seen.
    const size_t size = never_waits ? data.size() : std::min<size_t>(data.size(), PIPE_BUF);
    const ssize_t count = ::write(fd, data.data(), size);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return errno;
    data.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

}  // namespace cairn::cli
