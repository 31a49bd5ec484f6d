// The terminal of a run: lines that stay, and below them one line that is rewritten in place.
#ifndef CAIRN_MONITOR_TERMINAL_H_
#define CAIRN_MONITOR_TERMINAL_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cairn/core/export.h"

namespace cairn {

// Safe to use from several threads at once.
class CAIRN_EXPORT Terminal {
 public:
  // `write` is given what the terminal shows next, control sequences of ECMA-48 included. With
  // `can_rewrite` = false, as for a file or a pipe, it is given whole lines alone.
  Terminal(std::function<void(std::string_view)> write, bool can_rewrite);

  // Returns the standard error stream of the process; it can be rewritten if it is a terminal. Text
  // that cannot be written is lost.
  static std::shared_ptr<Terminal> StandardError();
  // Returns a terminal that shows nothing.
  static std::shared_ptr<Terminal> None();

  bool can_rewrite() const { return can_rewrite_; }

  // Shows a line, or several, that stay. `text` has no line break at its end.
  void WriteLine(std::string_view text);
  // Shows `text`, which is one line, in the place of the last text that was given here. "" takes it
  // away. Does nothing where can_rewrite() is false.
  void Rewrite(std::string_view text);

 private:
  const std::function<void(std::string_view)> write_;
  const bool can_rewrite_;
  std::mutex mutex_;
  std::string rewritten_;  // the line that is shown below all others
};

}  // namespace cairn

#endif  // CAIRN_MONITOR_TERMINAL_H_
