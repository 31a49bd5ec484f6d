// Trains a run that is interrupted after each step and resumed, for tests that read what it wrote:
// event_probe DIRECTORY. Prints the statistics that were recorded, a line each: name, step, value.
#include <cmath>
#include <cstdio>
#include <map>

#include "cairn/monitor/log.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/resume.h"
#include "cairn/train/trainer.h"

namespace {

using cairn::Status;
using cairn::TrainPosition;

constexpr int64_t kStepsPerEpoch = 4;
constexpr int64_t kEpochs = 3;
const std::string kPlainTag = "loss", kOddTag = "a b/\xc3\xbc";

double LossOf(int64_t step) { return 1.0 / static_cast<double>(step); }
double OddOf(int64_t step) {
  if (step == 4) return std::nan("");
  return step == 8 ? HUGE_VAL : -static_cast<double>(step);
}

// One process of the run. It is killed after `kill_after` steps of its own, when all values of the
// next step are recorded.
Status Live(const std::string& directory, int64_t kill_after, double now) {
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  cairn::MemorySession session;
  std::vector<float> weights(4);
  CAIRN_RETURN_IF_ERROR(session.Add("w", weights, {4}));
  cairn::RunComponents components;
  cairn::Monitors monitors(fs, directory, cairn::NoLog(), {.clock = [now] { return now; }});
  cairn::ModelSaver saver(fs, directory, session, components);
  components.Add(monitors);
  components.Add(saver);
  CAIRN_ASSIGN_OR_RETURN(const cairn::Resumed resumed,
                         cairn::Resume(fs, directory, session, components));
  int64_t num_steps = 0;
  const auto step = [&](const TrainPosition& position) -> Status {
    const int64_t number = position.step + 1;
    monitors.Put(kPlainTag, LossOf(number));
    if (number % kStepsPerEpoch == 0) monitors.Put(kOddTag, OddOf(number));
    if (num_steps++ == kill_after) return Status(cairn::Reason::kCancelled, "killed");
    return {};
  };
  return cairn::Train({.step = step,
                       .components = &components,
                       .steps_per_epoch = kStepsPerEpoch,
                       .max_epoch = kEpochs,
                       .resume_at = resumed.position})
      .status();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: event_probe DIRECTORY\n");
    return 2;
  }
  // A checkpoint comes with each epoch: each process does one epoch, and more steps that are lost.
  Status status;
  double now = 1'700'000'000;
  for (int64_t process = 0; process <= kEpochs; ++process) {
    status = Live(argv[1], kStepsPerEpoch + process, now);
    now += 100;
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  for (int64_t step = 1; step <= kStepsPerEpoch * kEpochs; ++step) {
    std::printf("%s\t%lld\t%.9g\n", kPlainTag.c_str(), static_cast<long long>(step), LossOf(step));
    if (step % kStepsPerEpoch == 0)
      std::printf("%s\t%lld\t%.9g\n", kOddTag.c_str(), static_cast<long long>(step), OddOf(step));
  }
  return 0;
}
