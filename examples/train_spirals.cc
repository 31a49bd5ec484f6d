// Trains a small network with everything that a long training needs: a log, statistics, saves in
// the background, the best checkpoint under a name of its own, and a resume that leaves no trace.
// Kill it whenever you like, or send it SIGTERM, and start it again.
//   train_spirals DIRECTORY [EPOCHS] [--slow]
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "cairn/data/shuffled_indices.h"
#include "cairn/io/file_system.h"
#include "cairn/monitor/logger_dir.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/best_saver.h"
#include "cairn/train/function_callback.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/stop_signals.h"
#include "cairn/train/trainer.h"
#include "mlp.h"

constexpr int kBatch = 20, kStepsPerEpoch = Spirals::kPoints / kBatch;

cairn::Result<cairn::TrainEnd> TrainIn(const std::string& directory, int epochs, bool slow) {
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  // SIGTERM, SIGINT and SIGUSR1: save after this step, and end with 75, "try again".
  CAIRN_ASSIGN_OR_RETURN(const auto signals, cairn::StopSignals::Install());
  CAIRN_ASSIGN_OR_RETURN(
      const cairn::LoggerDir run,
      cairn::LoggerDir::Open(fs, directory, {.action = cairn::LoggerDirAction::kKeep}));

  std::mt19937 random(7);  // the first weights, then noise on the points
  std::normal_distribution<float> noise(0, 0.01f);
  Mlp mlp(2, 32, Spirals::kClasses, random);
  const Spirals data;
  cairn::ShuffledIndices indices(Spirals::kPoints, /*seed=*/7);

  cairn::MemorySession session;
  for (Parameter* p : mlp.parameters()) {
    CAIRN_RETURN_IF_ERROR(
        session.Add(p->name, p->value, {p->rows, p->columns}, {.trainable = true}));
    CAIRN_RETURN_IF_ERROR(session.Add(p->name + "/Momentum", p->momentum, {p->rows, p->columns}));
  }

  // All that a checkpoint carries beside the variables.
  cairn::RunComponents components;
  components.AddGenerator("random", random);
  components.AddGenerator("noise", noise);
  components.SetData(indices);

  cairn::Monitors monitors(fs, run.path(), run.log());
  cairn::FunctionCallback evaluate("Evaluate", {.trigger = [&](const cairn::TrainPosition&) {
                                     const Score score = Evaluate(mlp, data);
                                     monitors.Put("loss", score.loss);
                                     monitors.Put("right", score.right);
                                     return cairn::Status();
                                   }});
  // No step waits for the disk. The three newest checkpoints stay, and the best one.
  cairn::ModelSaver saver(fs, run.path(), session, components,
                          {.retention = {.max_to_keep = 3}, .background = true, .log = &run.log()});
  cairn::PeriodicTrigger often(saver, {.every_k_steps = 20});
  cairn::MinSaver best(monitors, saver, "loss", {.log = &run.log()});
  for (cairn::Callback* callback :
       std::initializer_list<cairn::Callback*>{&evaluate, &monitors, &best, &often})
    components.Add(*callback);

  const auto step = [&](const cairn::TrainPosition&) -> cairn::Status {
    for (int i = 0; i < kBatch; ++i) {
      CAIRN_ASSIGN_OR_RETURN(const auto next, indices.Next());
      const Floats& point = data.x[*next];
      mlp.Learn({point[0] + noise(random), point[1] + noise(random)}, data.label[*next]);
    }
    for (Parameter* p : mlp.parameters()) p->Update(0.1f, kBatch);
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return {};
  };
  // Goes on where the newest checkpoint that verifies was saved, or begins.
  CAIRN_ASSIGN_OR_RETURN(const auto config,
                         cairn::AutoResumeTrainConfig::Make(fs, run.path(),
                                                            {.step = step,
                                                             .components = &components,
                                                             .session = &session,
                                                             .steps_per_epoch = kStepsPerEpoch,
                                                             .max_epoch = epochs,
                                                             .should_stop = signals->should_stop(),
                                                             .log = &run.log()}));
  std::printf("%s", config.resumed.ToString().c_str());
  return cairn::Train(config);
}

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty())
    return std::fputs("train_spirals DIRECTORY [EPOCHS] [--slow]\n", stderr), 2;
  const int epochs = arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : 20;
  const auto end = TrainIn(arguments[0], epochs, arguments.back() == "--slow");
  if (!end.ok()) std::fprintf(stderr, "error: %s\n", end.status().ToString().c_str());
  return cairn::ExitCode(end);
}
