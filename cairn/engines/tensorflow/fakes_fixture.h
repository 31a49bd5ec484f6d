// Libraries that stand in for TensorFlow, and the environment that a test needs.
#ifndef CAIRN_ENGINES_TENSORFLOW_FAKES_FIXTURE_H_
#define CAIRN_ENGINES_TENSORFLOW_FAKES_FIXTURE_H_

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

namespace cairn::tensorflow {

// The directory of a fake that CMakeLists.txt describes: "good", "old", …
inline std::string DirectoryOfFake(const std::string& name) {
  return std::string(CAIRN_FAKES) + "/" + name;
}

// Sets an environment variable, or removes it, until this is destroyed.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    Set(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { Set(before_); }

 private:
  void Set(const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name_, value->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> before_;
};

// Writes a file, with `#!/bin/sh` before a script.
inline void WriteTextFile(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}
inline void WriteScript(const std::string& path, const std::string& script) {
  WriteTextFile(path, "#!/bin/sh\n" + script);
  ::chmod(path.c_str(), 0755);
}

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_FAKES_FIXTURE_H_
