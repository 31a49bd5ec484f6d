#include "cairn/monitor/terminal.h"

#include <gtest/gtest.h>

#include "cairn/monitor/progress_line.h"

namespace cairn {
namespace {

struct TerminalTest : testing::Test {
  std::string shown;
  std::shared_ptr<Terminal> Make(bool can_rewrite) {
    return std::make_shared<Terminal>([this](std::string_view text) { shown += text; },
                                      can_rewrite);
  }
  std::string Take() { return std::exchange(shown, ""); }
};

TEST_F(TerminalTest, LinesStayAboveTheOneThatIsRewritten) {
  const auto terminal = Make(true);
  terminal->WriteLine("one");
  EXPECT_EQ(Take(), "one\n");
  terminal->Rewrite("1/2");
  EXPECT_EQ(Take(), "\r\x1b[K1/2");
  terminal->WriteLine("two");
  EXPECT_EQ(Take(), "\r\x1b[Ktwo\n1/2");
  terminal->Rewrite("1/2");
  EXPECT_EQ(Take(), "");
  terminal->Rewrite("");
  EXPECT_EQ(Take(), "\r\x1b[K");
  terminal->WriteLine("three");
  EXPECT_EQ(Take(), "three\n");
}

TEST_F(TerminalTest, AFileGetsWholeLinesAlone) {
  const auto terminal = Make(false);
  terminal->Rewrite("1/2");
  terminal->WriteLine("one\nmore");
  terminal->Rewrite("");
  EXPECT_EQ(Take(), "one\nmore\n");
}

struct ProgressLineTest : TerminalTest {
  double now = 1000;
  ProgressOptions Options() {
    return {.line_every_seconds = 30, .clock = [this] { return now; }};
  }
};

TEST_F(ProgressLineTest, RewritesOneLineOnATerminal) {
  ProgressLine progress(Make(true), Options());
  progress.Begin(3, 500, 0);
  progress.Update(0);
  EXPECT_EQ(Take(), "");
  now += 2;
  progress.Update(100);
  EXPECT_EQ(Take(), "\r\x1b[Kepoch 3: 100/500 steps, 50 steps/s, 0:08 left");
  now += 0.05;
  progress.Update(102);
  EXPECT_EQ(Take(), "");  // Too soon.
  now += 0.35;
  progress.Update(125);
  EXPECT_EQ(Take(), "\r\x1b[Kepoch 3: 125/500 steps, 52.1 steps/s, 0:08 left");
  progress.End();
  EXPECT_EQ(Take(), "\r\x1b[K");
}

TEST_F(ProgressLineTest, WritesALineNowAndThenElsewhere) {
  ProgressLine progress(Make(false), Options());
  progress.Begin(1, 1000, 0);
  for (int step = 1; step <= 70; ++step) {
    now += 1;
    progress.Update(step);
  }
  progress.End();
  EXPECT_EQ(Take(),
            "epoch 1: 30/1000 steps, 1 steps/s, 16:10 left\n"
            "epoch 1: 60/1000 steps, 1 steps/s, 15:40 left\n");
}

TEST_F(ProgressLineTest, AResumedEpochHasTheSpeedOfItsOwnSteps) {
  ProgressLine progress(Make(false), Options());
  progress.Begin(2, 100'000, 50'000);
  now += 40;
  progress.Update(50'010);
  EXPECT_EQ(Take(), "epoch 2: 50010/100000 steps, 0.25 steps/s, 55:32:40 left\n");
}

TEST_F(ProgressLineTest, AClockThatStandsGivesNoSpeed) {
  ProgressLine progress(Make(false), {.line_every_seconds = 0, .clock = [] { return 5.0; }});
  progress.Begin(1, 10, 0);
  progress.Update(1);
  EXPECT_EQ(Take(), "epoch 1: 1/10 steps\n");
}

}  // namespace
}  // namespace cairn
