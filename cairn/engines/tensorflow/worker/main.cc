// cairn-tensorflow-worker: holds TensorFlow for another process, which starts it, and which its
// descriptor 3 is connected to. It ends when that process closes the connection, or ends.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <thread>

#include "cairn/engines/tensorflow/worker/server.h"
#include "cairn/engines/tensorflow/worker_protocol.h"
#include "cairn/io/posix_error.h"

namespace cairn::tensorflow {
namespace {

// A run of TensorFlow cannot be interrupted, and may go on for ever: a thread of its own waits for
// the other process to be gone. (PR_SET_PDEATHSIG would end this process with the thread that
// started it.)
void EndWithTheOtherProcess() {
  pollfd waiting = {.fd = kWorkerSocket, .events = POLLRDHUP, .revents = 0};
  posix::Retry([&] { return ::poll(&waiting, 1, -1); });
  ::_exit(0);
}

bool IsConnected() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(kWorkerSocket, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

int RunWorker() {
  if (!IsConnected()) {
    std::fputs("cairn-tensorflow-worker: this program is only run by Cairn\n", stderr);
    return 2;
  }
  // Descriptors of the other process that nobody has closed. Kernels before 5.9 leave them open.
  ::syscall(SYS_close_range, kWorkerSocket + 1, UINT_MAX, 0);
  // A malformed graph can abort us. That is worth a message, but not a file of our memory.
  const rlimit none = {};
  ::setrlimit(RLIMIT_CORE, &none);
  std::thread(EndWithTheOtherProcess).detach();
  const Status status = Serve(kWorkerSocket);
  if (status.reason() == Reason::kGone) return 0;
  std::fprintf(stderr, "cairn-tensorflow-worker: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace cairn::tensorflow

int main() {
  const int code = cairn::tensorflow::RunWorker();
  std::fflush(stderr);
  // TensorFlow has nothing useful to do when the process ends.
  ::_exit(code);
}
