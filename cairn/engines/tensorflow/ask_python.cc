#include "cairn/engines/tensorflow/ask_python.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "cairn/engines/tensorflow/child_process.h"
#include "cairn/engines/tensorflow/deadline.h"
#include "cairn/io/posix_error.h"
#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {
namespace {

// A directory by chance named `tensorflow` is found too; it has no origin.
constexpr const char* kQuestion =
    "import importlib.util as u\n"
    "s = u.find_spec('tensorflow')\n"
    "print(s.submodule_search_locations[0] if s and s.origin else '')";
constexpr size_t kMaxAnswer = 16 << 10;
constexpr int64_t kPatienceMs = 30'000;

// Reads until the other end is closed.
Result<std::string> ReadAnswer(int pipe) {
  const Deadline deadline(kPatienceMs);
  std::string answer;
  while (true) {
    if (answer.size() > kMaxAnswer)
      return Status(Reason::kEngine, "prints without end when it is asked where tensorflow is");
    pollfd waiting = {.fd = pipe, .events = POLLIN, .revents = 0};
    if (posix::Retry([&] { return ::poll(&waiting, 1, deadline.PollTimeout()); }) == 0)
      return Status(Reason::kEngine, "does not answer where tensorflow is");
    std::array<char, 4096> piece;
    const ssize_t count = posix::Retry([&] { return ::read(pipe, piece.data(), piece.size()); });
    if (count <= 0) break;
    answer.append(piece.data(), static_cast<size_t>(count));
  }
  return answer;
}

}  // namespace

Result<std::string> AskPython(const std::string& python) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Status(Reason::kIo, std::string("pipe: ") + std::strerror(errno));
  const posix::FileDescriptor ours(ends[0]);
  posix::FileDescriptor theirs(ends[1]);
  // In the directory / nothing is imported by chance.
  CAIRN_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start({.program = python,
                                                                  .arguments = {"-c", kQuestion},
                                                                  .environment = ThisEnvironment(),
                                                                  .directory = "/",
                                                                  .output = theirs.get()}));
  ::close(theirs.release());
  CAIRN_ASSIGN_OR_RETURN(std::string answer, ReadAnswer(ours.get()).AtPath(python));
  const ProcessEnd end = child.Wait();
  if (end.signal != 0 || end.exit_code != 0)
    return Status(Reason::kEngine, "fails when it is asked where tensorflow is").AtPath(python);
  return answer.substr(0, answer.find('\n'));
}

}  // namespace cairn::tensorflow
