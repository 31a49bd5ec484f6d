#include "cli/watch_run.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "cli/print/run_change_printer.h"
#include "cli/print/run_picture.h"
#include "cli/run_changes.h"
#include "cli/run_glance.h"
#include "cli/screen.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsNow() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What is made of each look.
class WatchView {
 public:
  virtual ~WatchView() = default;
  virtual void Show(const RunGlance& glance) = 0;
  // Called once, after the last look.
  virtual void Finish() {}
};

// A screen, which is redrawn when nothing has changed, too: ages grow, and terminals change size.
class ScreenView final : public WatchView {
 public:
  ScreenView(const WatchOptions& options, Output& out)
      : options_(options), out_(out), screen_(std::make_unique<Screen>(out)) {}

  void Show(const RunGlance& glance) override {
    const PictureOptions options{.path = options_.directory,
                                 .statistic = options_.statistic,
                                 .size = TerminalSizeOf(STDOUT_FILENO),
                                 .now = SecondsNow()};
    lines_ = PictureOf(glance, options, out_);
    screen_->Draw(lines_);
  }

  // The last picture stays on the terminal that comes back.
  void Finish() override {
    screen_.reset();
    for (const std::string& line : lines_) out_.Write(line + "\n");
  }

 private:
  const WatchOptions& options_;
  Output& out_;
  std::unique_ptr<Screen> screen_;
  std::vector<std::string> lines_;
};

// Something for each change, nothing where nothing has changed.
class ChangesView : public WatchView {
 public:
  explicit ChangesView(Output& out) : out_(out) {}

  void Show(const RunGlance& glance) override {
    for (const RunChange& change : ChangesSince(last_ ? &*last_ : nullptr, glance))
      out_.Write(Render(change, glance));
    out_.Flush();
    last_ = glance;
  }

 private:
  virtual std::string Render(const RunChange& change, const RunGlance& glance) const = 0;

  Output& out_;
  std::optional<RunGlance> last_;
};

// "[0131 12:00:00] ", as lines of a log begin.
std::string StampOfNow() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  char text[32];
  if (::localtime_r(&now, &local) == nullptr) return "";
  return {text, std::strftime(text, sizeof text, "[%m%d %H:%M:%S] ", &local)};
}

class LinesView final : public ChangesView {
 public:
  LinesView(const WatchOptions& options, Output& out) : ChangesView(out), options_(options) {}

 private:
  std::string Render(const RunChange& change, const RunGlance& glance) const override {
    return StampOfNow() + TextOf(change, glance, options_.statistic) + "\n";
  }

  const WatchOptions& options_;
};

class JsonView final : public ChangesView {
 public:
  explicit JsonView(Output& out) : ChangesView(out) {}

 private:
  std::string Render(const RunChange& change, const RunGlance& glance) const override {
    return JsonOf(change, glance, SecondsNow());
  }
};

std::unique_ptr<WatchView> MakeView(const WatchOptions& options, Output& out) {
  if (options.style == WatchStyle::kScreen) return std::make_unique<ScreenView>(options, out);
  if (options.style == WatchStyle::kJson) return std::make_unique<JsonView>(out);
  return std::make_unique<LinesView>(options, out);
}

// Waits for that time, an interrupt, or the end of who reads stdout. Returns whether anybody reads.
bool Wait(std::chrono::milliseconds time) {
  // Without an event that is asked for, poll tells of errors alone: of a pipe without a reader.
  pollfd waited[] = {{InterruptFd(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
  if (::poll(waited, std::size(waited), static_cast<int>(time.count())) <= 0) return true;
  return (waited[1].revents & (POLLERR | POLLHUP)) == 0;
}

}  // namespace

ExitCode WatchRun(const WatchOptions& options, Output& out) {
  constexpr std::chrono::seconds kRedraw(1);
  // Of a directory that takes long to look at, at most this part of the time is spent on it.
  constexpr int kShare = 10;
  const std::atomic<bool>& is_interrupted = CatchInterrupt();
  RunWatcher watcher(options.directory);
  const std::unique_ptr<WatchView> view = MakeView(options, out);
  RunGlance glance;
  Clock::time_point next_look = Clock::now();
  bool is_read = true;
  while (!is_interrupted && is_read && out.is_wanted()) {
    const Clock::time_point begin = Clock::now();
    if (begin >= next_look) {
      glance = watcher.Look();
      const Clock::duration taken = Clock::now() - begin;
      next_look = begin + std::max<Clock::duration>(options.interval, taken * kShare);
    }
    view->Show(glance);
    const auto left = std::min<Clock::duration>(next_look - Clock::now(), kRedraw);
    is_read = Wait(std::chrono::ceil<std::chrono::milliseconds>(
        std::max<Clock::duration>(left, Clock::duration::zero())));
  }
  view->Finish();
  return is_interrupted ? kInterrupted : kDone;
}

}  // namespace cairn::cli
