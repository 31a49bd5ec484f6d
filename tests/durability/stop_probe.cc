// A training that a test leads step by step: stop_probe DIRECTORY
//
// Each step prints its number and waits for a line on standard input. The line "notice" is the
// notice of a scheduler, and it waits for another. After the end of the input it waits no more. 3
// epochs of 4 steps; saves where it is stopped, and at the end.
#include <cstdio>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "cairn/data/prefetched.h"
#include "cairn/data/shuffled_indices.h"
#include "cairn/io/file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/stop_signals.h"
#include "cairn/train/trainer.h"

using cairn::Status;

cairn::Result<cairn::TrainEnd> TrainIn(const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const auto signals, cairn::StopSignals::Install());
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  std::vector<float> weights(6);
  std::mt19937 random(1);
  cairn::ShuffledIndices indices(5, /*seed=*/2);
  cairn::Prefetched<uint64_t> data(indices, 3);

  cairn::MemorySession session;
  CAIRN_RETURN_IF_ERROR(session.Add("weights", weights, {6}));
  cairn::RunComponents components;
  components.AddGenerator("random", random);
  components.SetData(data);
  cairn::Monitors monitors(fs, directory, cairn::NoLog());
  cairn::ModelSaver saver(fs, directory, session, components);
  cairn::PeriodicTrigger only_at_the_end(saver, {});
  components.Add(monitors);
  components.Add(only_at_the_end);

  const auto step = [&](const cairn::TrainPosition& position) -> Status {
    std::cout << "step " << position.step + 1 << std::endl;
    std::string line;
    while (std::getline(std::cin, line) && line == "notice") {
      std::thread([&] { signals->RequestStop(); }).join();
      std::cout << "noticed" << std::endl;
    }
    CAIRN_ASSIGN_OR_RETURN(const auto index, data.Next());
    weights[*index] += 1e-9f * static_cast<float>(random());
    monitors.Put("weight", weights[*index]);
    return {};
  };
  CAIRN_ASSIGN_OR_RETURN(const auto config, cairn::AutoResumeTrainConfig::Make(
                                                fs, directory,
                                                {.step = step,
                                                 .components = &components,
                                                 .session = &session,
                                                 .steps_per_epoch = 4,
                                                 .max_epoch = 3,
                                                 .should_stop = signals->should_stop()}));
  return cairn::Train(config);
}

int main(int, char** argv) {
  const auto end = TrainIn(argv[1]);
  if (!end.ok()) std::fprintf(stderr, "error: %s\n", end.status().ToString().c_str());
  return cairn::ExitCode(end);
}
