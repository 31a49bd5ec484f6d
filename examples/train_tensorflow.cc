// Trains a graph of TensorFlow by its train op. Kill it whenever you like and start it again: it
// ends with the same bytes as a run that was never killed. The Saver of the same graph in Python
// restores what it saves, and it continues what that Saver saved.
//   train_tensorflow GRAPH DIRECTORY STEPS [--slow]
//
// GRAPH is a .meta file with the placeholders `x` of three columns and `y` of one, an output
// `loss`, and an op `train` that adds 1 to `global_step`; tests/engine/test_train_tensorflow.py
// makes some.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "cairn/cairn.h"
#include "cairn/engines/tensorflow/tensorflow_session.h"

constexpr int kRows = 8, kStepsPerSave = 10;

// The data of a step depend on its number alone, so that a run that is resumed sees the same.
std::vector<float> DataOf(int64_t step, int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>((step * 31 + i * 17) % 101 - 50) / 64);
  return values;
}

cairn::Result<float> TrainStep(cairn::TensorFlowSession& session, int64_t step) {
  const std::vector<float> x = DataOf(step, kRows * 3), y = DataOf(step + 7, kRows);
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict feeds,
                         cairn::DictOf({{"x", {x, {kRows, 3}}}, {"y", {y, {kRows, 1}}}}));
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict results, session.Run(feeds, {"loss"}, {"train"}));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<float> loss, cairn::ReadTensor<float>(results, "loss"));
  return loss[0];
}

// The steps that the values of the session have behind them, whoever trained them.
cairn::Result<int64_t> StepOf(cairn::TensorFlowSession& session) {
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict results, session.Run({}, {"global_step"}));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<int64_t> step,
                         cairn::ReadTensor<int64_t>(results, "global_step"));
  return step[0];
}

cairn::Status TrainIn(const std::string& graph, const std::string& directory, int steps,
                      bool slow) {
  // One thread, so that sums have one order and equal runs have equal bits.
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  CAIRN_ASSIGN_OR_RETURN(const std::unique_ptr<cairn::TensorFlowSession> session,
                         cairn::TensorFlowSession::Open(
                             fs, graph, {.num_intra_op_threads = 1, .num_inter_op_threads = 1}));
  CAIRN_RETURN_IF_ERROR(session->InitializeMissing());

  cairn::RunComponents components;
  cairn::ModelSaver saver(fs, directory, *session, components,
                          {.retention = {3}, .on_saved = [](const cairn::SavedCheckpoint& saved) {
                             std::printf("saved %s\n", saved.name.c_str());
                           }});
  cairn::PeriodicTrigger periodic(saver, {.every_k_steps = kStepsPerSave});
  components.Add(periodic);
  CAIRN_ASSIGN_OR_RETURN(const auto resumed, cairn::Resume(fs, directory, *session, components));
  std::printf("%s", resumed.ToString().c_str());

  CAIRN_ASSIGN_OR_RETURN(const int64_t first, StepOf(*session));
  const auto step = [&](const cairn::TrainPosition& position) -> cairn::Status {
    CAIRN_ASSIGN_OR_RETURN(const float loss, TrainStep(*session, position.step));
    std::printf("step %d: loss %.6f\n", static_cast<int>(position.step) + 1, loss);
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return {};
  };
  // All steps are one epoch, of which the first are done.
  return cairn::Train({.step = step,
                       .components = &components,
                       .steps_per_epoch = steps,
                       .max_epoch = first < steps ? 1 : 0,
                       .resume_at = cairn::TrainPosition{.step = first, .epoch_step = first}})
      .status();
}

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3)
    return std::fputs("usage: train_tensorflow GRAPH DIRECTORY STEPS [--slow]\n", stderr), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a line is seen before the next kill
  const cairn::Status status = TrainIn(arguments[0], arguments[1], std::atoi(arguments[2].c_str()),
                                       arguments.back() == "--slow");
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  if (!status.hint().empty())
    std::fprintf(stderr, "hint: %s\n", std::string(status.hint()).c_str());
  return status.ok() ? 0 : 1;
}
