// Trains a net of libtorch to tell three spirals apart, with Adam and dropout. Kill it whenever you
// like and start it again: it ends with the same bytes as a run that was never killed. No step
// waits for the disk.
//   train_torch DIRECTORY [EPOCHS] [--slow]
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "cairn/cairn.h"
#include "cairn/engines/torch/torch_generator.h"
#include "cairn/engines/torch/torch_session.h"

constexpr int kClasses = 3, kPoints = 600, kBatch = 20, kStepsPerEpoch = kPoints / kBatch;

struct Net : torch::nn::Module {
  Net() {
    register_module("hidden", hidden);
    register_module("logits", logits);
    register_module("dropout", dropout);
  }
  torch::Tensor forward(const torch::Tensor& x) { return logits(dropout(torch::relu(hidden(x)))); }

  torch::nn::Linear hidden{2, 64}, logits{64, kClasses};
  torch::nn::Dropout dropout{0.1};
};

// The points of the spirals, and the spiral of each.
struct Spirals {
  torch::Tensor label = torch::arange(kPoints) % kClasses;
  torch::Tensor radius = torch::linspace(0.1, 1, kPoints);
  torch::Tensor angle = radius * 5 + label * (2 * M_PI / kClasses);
  torch::Tensor x = torch::stack({radius * torch::cos(angle), radius* torch::sin(angle)}, 1);
};

cairn::Status TrainIn(const std::string& directory, int epochs, bool slow) {
  torch::manual_seed(7);
  torch::set_num_threads(1);  // so that sums have one order
  const Spirals data;
  Net net;
  torch::optim::Adam adam(net.parameters(), torch::optim::AdamOptions(0.01));

  // The weights, what Adam keeps for each, and the generator that picks points and drops values.
  CAIRN_ASSIGN_OR_RETURN(const auto session, cairn::TorchSession::Make(net, &adam));
  cairn::TorchGenerator generator;
  cairn::RunComponents components;
  components.AddGenerator("torch", generator);
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  cairn::ModelSaver saver(
      fs, directory, *session, components,
      {.retention = {3}, .background = true, .on_saved = [](const cairn::SavedCheckpoint& saved) {
         std::printf("saved %s\n", saved.name.c_str());
       }});
  cairn::PeriodicTrigger periodic(saver, {.every_k_steps = 20});
  components.Add(periodic);
  CAIRN_ASSIGN_OR_RETURN(const auto resumed, cairn::Resume(fs, directory, *session, components));
  std::printf("%s", resumed.ToString().c_str());

  const auto step = [&](const cairn::TrainPosition& position) -> cairn::Status {
    const torch::Tensor batch = torch::randint(kPoints, {kBatch}, torch::kLong);
    adam.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(
        net.forward(data.x.index_select(0, batch)), data.label.index_select(0, batch));
    loss.backward();
    adam.step();
    // The rate is a part of what is saved, too.
    auto& options = adam.param_groups()[0].options();
    if (position.epoch_step + 1 == kStepsPerEpoch) options.set_lr(options.get_lr() * 0.95);
    std::printf("step %d: loss %.6f\n", static_cast<int>(position.step) + 1, loss.item<float>());
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return {};
  };
  CAIRN_RETURN_IF_ERROR(cairn::Train({.step = step,
                                      .components = &components,
                                      .steps_per_epoch = kStepsPerEpoch,
                                      .max_epoch = epochs,
                                      .resume_at = resumed.position})
                            .status());
  net.eval();
  const auto right = net.forward(data.x).argmax(1).eq(data.label).sum().item<int64_t>();
  std::printf("%d of %d right\n", static_cast<int>(right), kPoints);
  return {};
}

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return std::fputs("train_torch DIRECTORY [EPOCHS] [--slow]\n", stderr), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a line is seen before the next kill
  const int epochs = arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : 20;
  const cairn::Status status = TrainIn(arguments[0], epochs, arguments.back() == "--slow");
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  if (!status.hint().empty())
    std::fprintf(stderr, "hint: %s\n", std::string(status.hint()).c_str());
  return status.ok() ? 0 : 1;
}
