#include "cairn/engines/tensorflow/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "cairn/engines/tensorflow/last_lines.h"
#include "cairn/engines/tensorflow/worker_protocol.h"
#include "cairn/io/posix_error.h"

namespace cairn::tensorflow {
namespace {

constexpr size_t kMaxPieces = 1000;
constexpr size_t kMaxPrinted = 64 << 10;  // a stack trace may follow what matters

Status CannotConnect(const char* call) {
  return Status(Reason::kIo, std::string(call) + ": " + std::strerror(errno));
}

// The environment of this process, without what is meant for it alone.
std::vector<std::string> WorkerEnvironment() {
  std::vector<std::string> variables = ThisEnvironment();
  std::erase_if(variables, [](const std::string& v) { return v.starts_with("LD_PRELOAD="); });
  return variables;
}

std::string WithLines(const std::string& text, const std::string& lines) {
  return lines.empty() ? text : text + ": " + lines;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(const std::string& path) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return CannotConnect("socketpair");
  posix::FileDescriptor ours(sockets[0]);
  const posix::FileDescriptor theirs(sockets[1]);
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return CannotConnect("pipe");
  posix::FileDescriptor messages(pipe_ends[0]);
  const posix::FileDescriptor their_messages(pipe_ends[1]);
  // Only our end does not block.
  ::fcntl(their_messages.get(), F_SETFL, 0);
  CAIRN_ASSIGN_OR_RETURN(ChildProcess child,
                         ChildProcess::Start({.program = path,
                                              .arguments = {},
                                              .environment = WorkerEnvironment(),
                                              .directory = {},
                                              .output = their_messages.get(),
                                              .error = their_messages.get(),
                                              .channel = theirs.get()}));
  return std::unique_ptr<WorkerProcess>(
      new WorkerProcess(path, std::move(child), std::move(ours), std::move(messages)));
}

Result<Message> WorkerProcess::Call(MessageKind kind, const std::string& body, int memory,
                                    int64_t patience_ms) {
  CAIRN_RETURN_IF_ERROR(failure_);
  auto answer = Exchange(kind, body, memory, patience_ms);
  if (!answer.ok() && answer.status().reason() == Reason::kLimit) return answer;
  if (!answer.ok()) return GiveUp(answer.status());
  if (answer->kind == MessageKind::kFailed) return DecodeError(answer->body);
  return answer;
}

Status WorkerProcess::GiveUp(const Status& error) {
  failure_ = Explain(error);
  return failure_;
}

Result<Message> WorkerProcess::Exchange(MessageKind kind, const std::string& body, int memory,
                                        int64_t patience_ms) {
  const Deadline deadline(patience_ms);
  const auto wait = [&](short events) { return Wait(events, deadline, patience_ms); };
  CAIRN_RETURN_IF_ERROR(SendMessage(socket_.get(), kind, body, memory, wait));
  CAIRN_ASSIGN_OR_RETURN(Message answer, ReceiveMessage(socket_.get(), wait));
  if (answer.kind == MessageKind::kDone || answer.kind == MessageKind::kFailed) return answer;
  return Status(Reason::kEngine, "the worker program sent a request instead of an answer");
}

// Meanwhile the output of the worker is read: a worker whose pipe is full does not go on. One that
// prints without end has no more time than others.
Status WorkerProcess::Wait(short events, const Deadline& deadline, int64_t patience_ms) {
  while (!deadline.has_passed()) {
    std::array<pollfd, 2> waiting = {pollfd{.fd = socket_.get(), .events = events, .revents = 0},
                                     pollfd{.fd = messages_.get(), .events = POLLIN, .revents = 0}};
    const int count = posix::Retry(
        [&] { return ::poll(waiting.data(), waiting.size(), deadline.PollTimeout()); });
    if (count < 0) return CannotConnect("poll");
    if (waiting[0].revents != 0) return {};
    if (waiting[1].revents != 0) ReadPrinted();
  }
  return Status(Reason::kEngine, "TensorFlow did not finish within " + std::to_string(patience_ms) +
                                     " ms, and was ended")
      .WithHint("allow it more time with worker_timeout_ms");
}

// Returns whether more may be there.
bool WorkerProcess::ReadPrinted() {
  std::array<char, 4096> piece;
  const ssize_t count =
      posix::Retry([&] { return ::read(messages_.get(), piece.data(), piece.size()); });
  // At the end of the pipe nothing is left to wait for.
  if (count == 0) ::close(messages_.release());
  if (count <= 0) return false;
  printed_.append(piece.data(), static_cast<size_t>(count));
  if (printed_.size() > kMaxPrinted) printed_.erase(0, printed_.size() - kMaxPrinted);
  return true;
}

Status WorkerProcess::Explain(const Status& error) {
  child_.Kill();
  const ProcessEnd end = child_.Wait();
  // No more is left than a pipe holds, unless the worker has left someone behind who
  // prints.
  for (size_t i = 0; i < kMaxPieces && ReadPrinted(); ++i) continue;
  // Only an end that the worker came to by itself is worth a description.
  return error.reason() == Reason::kGone ? DescribeEnd(end) : error.AtPath(path_);
}

Status WorkerProcess::DescribeEnd(const ProcessEnd& end) const {
  const std::string lines = LastLines(printed_);
  // Code that does not expect to run out of memory aborts.
  if (lines.find("std::bad_alloc") != std::string::npos) {
    return Status(Reason::kEngine, WithLines("TensorFlow ran out of memory", lines))
        .WithHint("allow it more with worker_memory_limit, if that is set");
  }
  switch (end.signal) {
    case 0:
      return Status(Reason::kEngine, WithLines("the process of TensorFlow ended with code " +
                                                   std::to_string(end.exit_code),
                                               lines))
          .AtPath(path_);
    case SIGABRT:
      return Status(Reason::kEngine, WithLines("TensorFlow aborted", lines));
    case SIGKILL:
      return Status(Reason::kEngine, WithLines("the process of TensorFlow was killed", lines))
          .WithHint("the machine may have run out of memory");
    default:
      return Status(Reason::kEngine, WithLines("the process of TensorFlow was ended by a signal, " +
                                                   std::string(::strsignal(end.signal)),
                                               lines));
  }
}

}  // namespace cairn::tensorflow
