#include "cairn/engines/tensorflow/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "cairn/io/posix_error.h"
#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {
namespace {

constexpr int kChannel = 3;

// Holds what posix_spawn does in the child before the program runs. A call that fails leaves its
// errno in `error_`, and the others do nothing.
class SpawnActions {
 public:
  SpawnActions() {
    Try(::posix_spawn_file_actions_init(&actions_));
    Try(::posix_spawnattr_init(&attributes_));
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void OpenNull(int target, int flags) {
    Try(::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", flags, 0));
  }
  void Give(int fd, int target) { Try(::posix_spawn_file_actions_adddup2(&actions_, fd, target)); }
  void ChangeDirectory(const std::string& directory) {
    Try(::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
  }
  void ResetSignalsAndGroup() {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    Try(::posix_spawnattr_setsigmask(&attributes_, &none));
    Try(::posix_spawnattr_setsigdefault(&attributes_, &all));
    Try(::posix_spawnattr_setpgroup(&attributes_, 0));
    Try(::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  void Try(int error) {
    if (error_ == 0) error_ = error;
  }

  int error() const { return error_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  int error_ = 0;
  posix_spawn_file_actions_t actions_ = {};
  posix_spawnattr_t attributes_ = {};
};

// A copy of a descriptor above those that the child gets, so that giving it one of them does not
// overwrite another that is still to be given.
posix::FileDescriptor CopyAbove(int fd, SpawnActions& spawn) {
  if (fd < 0) return posix::FileDescriptor(-1);
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, kChannel + 1);
  if (copy < 0) spawn.Try(errno);
  return posix::FileDescriptor(copy);
}

std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Status CannotStart(const std::string& program, int error) {
  const Reason reason = error == ENOENT || error == ENOTDIR || error == EACCES ? Reason::kMissing
                        : error == ENOMEM || error == EAGAIN                   ? Reason::kNoMemory
                                                                               : Reason::kIo;
  return Status(reason, std::string("cannot run the program: ") + std::strerror(error))
      .AtPath(program);
}

}  // namespace

std::vector<std::string> ThisEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  return variables;
}

Result<ChildProcess> ChildProcess::Start(const ChildOptions& options) {
  SpawnActions spawn;
  const auto output = CopyAbove(options.output, spawn);
  const auto error = CopyAbove(options.error, spawn);
  const auto channel = CopyAbove(options.channel, spawn);
  spawn.OpenNull(STDIN_FILENO, O_RDONLY);
  spawn.OpenNull(STDOUT_FILENO, O_WRONLY);
  spawn.OpenNull(STDERR_FILENO, O_WRONLY);
  if (output.get() >= 0) spawn.Give(output.get(), STDOUT_FILENO);
  if (error.get() >= 0) spawn.Give(error.get(), STDERR_FILENO);
  if (channel.get() >= 0) spawn.Give(channel.get(), kChannel);
  if (!options.directory.empty()) spawn.ChangeDirectory(options.directory);
  spawn.ResetSignalsAndGroup();
  if (spawn.error() != 0) return CannotStart(options.program, spawn.error());

  std::vector<std::string> words = options.arguments;
  words.insert(words.begin(), options.program);
  std::vector<std::string> variables = options.environment;
  pid_t id = -1;
  const int failed =
      ::posix_spawnp(&id, options.program.c_str(), spawn.actions(), spawn.attributes(),
                     PointersTo(words).data(), PointersTo(variables).data());
  if (failed != 0) return CannotStart(options.program, failed);
  return ChildProcess(id);
}

ChildProcess::~ChildProcess() {
  Kill();
  Wait();
}

void ChildProcess::Kill() {
  if (id_ > 0) ::kill(id_, SIGKILL);
}

ProcessEnd ChildProcess::Wait() {
  if (id_ <= 0) return end_;
  int status = 0;
  const pid_t ended = posix::Retry([&] { return ::waitpid(id_, &status, 0); });
  if (ended == id_ && WIFEXITED(status)) end_.exit_code = WEXITSTATUS(status);
  if (ended == id_ && WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
  id_ = -1;
  return end_;
}

}  // namespace cairn::tensorflow
