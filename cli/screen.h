// The whole terminal that stdout is, redrawn in place.
#ifndef CAIRN_CLI_SCREEN_H_
#define CAIRN_CLI_SCREEN_H_

#include <span>
#include <string>

#include "cli/output.h"

namespace cairn::cli {

// Whether stdout is a terminal on which text can be placed (TERM is not "dumb").
bool CanShowScreen();

// Takes the terminal over while it lives: what stood there comes back when it is destroyed, and
// also when a signal ends or stops the program. The cursor is hidden meanwhile. One at a time.
class Screen {
 public:
  explicit Screen(Output& out);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Shows these lines, which fit into the terminal, in the place of the last ones.
  void Draw(std::span<const std::string> lines);

 private:
  Output& out_;
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_SCREEN_H_
