// Hides what a library prints while it is loaded.
#ifndef CAIRN_ENGINES_TENSORFLOW_QUIET_STDERR_H_
#define CAIRN_ENGINES_TENSORFLOW_QUIET_STDERR_H_

#include <mutex>

namespace cairn::tensorflow {

// While this exists, standard error of the whole process goes to /dev/null. Another thread
// that makes one waits until it is destroyed.
class QuietStderr {
 public:
  QuietStderr();
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;
  ~QuietStderr();

 private:
  static std::mutex& Mutex();

  std::lock_guard<std::mutex> lock_{Mutex()};
  int saved_ = -1;  // -1: nothing was changed
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_QUIET_STDERR_H_
