#include "cairn/engines/tensorflow/find_worker.h"

#include <unistd.h>

#include <array>
#include <climits>

#include "cairn/core/escape.h"

namespace cairn::tensorflow {
namespace {

constexpr const char* kWorkerProgram = "cairn-tensorflow-worker";

// With a slash at its end; empty where /proc is not there.
std::string DirectoryOfThisProgram() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string_view program(path.data(), size < 0 ? 0 : static_cast<size_t>(size));
  return std::string(program.substr(0, program.rfind('/') + 1));
}

}  // namespace

Result<std::string> FindWorker(const std::string& path) {
  if (!path.empty()) return path;
  const std::string directory = DirectoryOfThisProgram();
  for (const char* place : {"", "../libexec/cairn/", "../lib/cairn/"}) {
    const std::string found = directory + place + kWorkerProgram;
    if (!directory.empty() && ::access(found.c_str(), X_OK) == 0) return found;
  }
  return Status(Reason::kMissing, std::string("there is no ") + kWorkerProgram + " beside " +
                                      Quoted(directory) +
                                      " or in ../libexec/cairn or ../lib/cairn from there")
      .WithHint(
          "Name it with worker_program, or run TensorFlow in this process if you trust the "
          "graph.");
}

}  // namespace cairn::tensorflow
