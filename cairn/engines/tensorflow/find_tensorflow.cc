#include "cairn/engines/tensorflow/find_tensorflow.h"

#include <unistd.h>

#include <cstdlib>

#include "cairn/engines/tensorflow/ask_python.h"

namespace cairn::tensorflow {
namespace {

constexpr const char* kHowToGetIt =
    "install TensorFlow (pip install tensorflow-cpu), or set CAIRN_TENSORFLOW to the directory "
    "that "
    "holds libtensorflow_cc.so.2";

bool HasFile(const std::string& directory, const std::string& name) {
  return ::access((directory + "/" + name).c_str(), F_OK) == 0;
}

std::string EnvironmentOr(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

// Returns `directory` if it holds the library. `what` says how it was named.
Result<std::string> CheckDirectory(const std::string& directory, const std::string& what) {
  if (HasFile(directory, kLibraryName)) return directory;
  // Both had the library before it was named so.
  if (HasFile(directory, kFrameworkName) ||
      HasFile(directory, "python/_pywrap_tensorflow_internal.so")) {
    return Status(Reason::kVersion,
                  what + " holds a TensorFlow older than 2.12: it has no libtensorflow_cc.so.2")
        .AtPath(directory)
        .WithHint("install a later one: pip install -U tensorflow-cpu");
  }
  return Status(Reason::kMissing, what + " has no libtensorflow_cc.so.2")
      .AtPath(directory)
      .WithHint(kHowToGetIt);
}

Status NoPackage(const std::string& python) {
  return Status(Reason::kMissing, "TensorFlow was not found: CAIRN_TENSORFLOW is not set, and " +
                                      python + " has no package tensorflow")
      .WithHint(kHowToGetIt);
}

std::string PythonToAsk() {
  const std::string active = EnvironmentOr("VIRTUAL_ENV", "");
  return active.empty() ? "python3" : active + "/bin/python3";
}

Result<std::string> FindByPython() {
  const std::string python = PythonToAsk();
  const auto directory = AskPython(python);
  if (!directory.ok() && directory.status().reason() == Reason::kMissing) {
    return Status(
               Reason::kMissing,
               "TensorFlow was not found: CAIRN_TENSORFLOW is not set, and there is no " + python)
        .WithHint(kHowToGetIt);
  }
  if (!directory.ok()) return directory.status().WithHint(kHowToGetIt);
  if (directory->empty()) return NoPackage(python);
  return CheckDirectory(*directory, "the package that " + python + " imports");
}

}  // namespace

Result<std::string> FindTensorFlow(const std::string& directory) {
  if (!directory.empty()) return CheckDirectory(directory, "this directory");
  const std::string named = EnvironmentOr("CAIRN_TENSORFLOW", "");
  if (!named.empty()) return CheckDirectory(named, "the directory that CAIRN_TENSORFLOW names");
  return FindByPython();
}

}  // namespace cairn::tensorflow
