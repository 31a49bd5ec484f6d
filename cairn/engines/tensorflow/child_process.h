// A program that runs as a child of this process.
#ifndef CAIRN_ENGINES_TENSORFLOW_CHILD_PROCESS_H_
#define CAIRN_ENGINES_TENSORFLOW_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

struct ChildOptions {
  std::string program;                   // a path, or a name that is looked for in PATH
  std::vector<std::string> arguments;    // without the program's own name
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;                 // where it runs; empty: where this process does
  // Descriptors of this process that it gets as its standard output, its standard error, and its
  // descriptor 3; -1: /dev/null, and no descriptor 3.
  int output = -1;
  int error = -1;
  int channel = -1;
};

// Returns the environment of this process.
std::vector<std::string> ThisEnvironment();

// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // that ended it; 0: it left by itself
};

// Killed, and waited for, when this is destroyed.
class ChildProcess {
 public:
  // The child has a process group of its own: what a terminal sends to this process does not reach
  // it. It handles all signals as a new program does. Errors: kMissing (there is no such program),
  // kNoMemory, kIo.
  static Result<ChildProcess> Start(const ChildOptions& options);

  ChildProcess(ChildProcess&& other) noexcept
      : id_(std::exchange(other.id_, -1)), end_(other.end_) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // Does nothing where it has been waited for.
  void Kill();
  // Waits until it has ended. An end that someone else has waited for is seen as an exit with 0.
  ProcessEnd Wait();

 private:
  explicit ChildProcess(pid_t id) : id_(id) {}

  pid_t id_;  // -1: it has been waited for
  ProcessEnd end_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_CHILD_PROCESS_H_
