// Trains a small network to tell three spirals apart. Kill it whenever you like and start it again:
// it ends with the same bytes as a run that was never killed.
//   train_mlp DIRECTORY [EPOCHS] [--slow]
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "cairn/io/file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/resume.h"
#include "cairn/train/trainer.h"
#include "mlp.h"

constexpr int kBatch = 20, kStepsPerEpoch = Spirals::kPoints / kBatch;

// The points in an order that is new in every epoch. Its place is part of what is saved.
class Batches {
 public:
  std::span<const int> Next() {
    if (next_ == Spirals::kPoints) GoTo(epoch_ + 1, 0);
    return std::span(order_).subspan(std::exchange(next_, next_ + kBatch), kBatch);
  }
  std::string Position() const { return std::to_string(epoch_) + " " + std::to_string(next_); }
  cairn::Status Load(std::string_view position) {
    unsigned epoch = 0, next = 0;
    if (std::sscanf(std::string(position).c_str(), "%u %u", &epoch, &next) != 2 ||
        next > Spirals::kPoints)
      return {cairn::Reason::kFormat, "not a place in the data"};
    GoTo(epoch, next);
    return {};
  }

 private:
  void GoTo(unsigned epoch, unsigned next) {
    epoch_ = epoch, next_ = next;
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::shuffle(order_, std::mt19937(epoch));
  }
  unsigned epoch_ = 0, next_ = Spirals::kPoints;
  std::vector<int> order_ = std::vector<int>(Spirals::kPoints);
};

// Prints an epoch. The best accuracy so far is remembered across a resume.
class PrintEpoch final : public cairn::Callback {
 public:
  PrintEpoch(const Mlp& mlp, const Spirals& data) : mlp_(mlp), data_(data) {}
  std::string_view name() const override { return "PrintEpoch"; }
  std::string SaveState() const override { return std::to_string(best_); }
  cairn::Status LoadState(std::string_view state) override {
    best_ = std::atoi(std::string(state).c_str());
    return {};
  }
  cairn::Status TriggerEpoch(const cairn::TrainPosition& position) override {
    const Score score = Evaluate(mlp_, data_);
    best_ = std::max(best_, score.right);
    std::printf("epoch %2d: loss %.4f, %d of %d right, best %d\n", static_cast<int>(position.epoch),
                score.loss, score.right, Spirals::kPoints, best_);
    return {};
  }

 private:
  const Mlp& mlp_;
  const Spirals& data_;
  int best_ = 0;
};

void PrintSaved(const cairn::SavedCheckpoint& saved) {
  std::printf("saved %s\n", saved.name.c_str());
  for (const std::string& warning : saved.warnings) std::printf("warning: %s\n", warning.c_str());
}

cairn::Status TrainIn(const std::string& directory, int epochs, bool slow) {
  std::mt19937 random(7);  // the first weights, then noise on the points
  std::normal_distribution<float> noise(0, 0.01f);
  Mlp mlp(2, 32, Spirals::kClasses, random);
  const Spirals data;
  Batches batches;
  PrintEpoch print(mlp, data);

  cairn::MemorySession session;
  for (Parameter* p : mlp.parameters()) {
    CAIRN_RETURN_IF_ERROR(
        session.Add(p->name, p->value, {p->rows, p->columns}, {.trainable = true}));
    CAIRN_RETURN_IF_ERROR(session.Add(p->name + "/Momentum", p->momentum, {p->rows, p->columns}));
  }
  cairn::FileSystem& fs = cairn::LocalFileSystem();
  cairn::RunComponents components;
  cairn::ModelSaver saver(fs, directory, session, components,
                          {.retention = {3}, .on_saved = PrintSaved});
  components.Add(print);
  cairn::PeriodicTrigger periodic(saver, {.every_k_steps = 20});
  components.Add(periodic);
  components.AddGenerator("random", random);
  components.AddGenerator("noise", noise);
  components.SetDataPosition([&] { return batches.Position(); },
                             [&](std::string_view position) { return batches.Load(position); });

  CAIRN_ASSIGN_OR_RETURN(const auto resumed, cairn::Resume(fs, directory, session, components));
  std::printf("%s", resumed.ToString().c_str());
  const auto step = [&](const cairn::TrainPosition&) -> cairn::Status {
    for (const int i : batches.Next())
      mlp.Learn({data.x[i][0] + noise(random), data.x[i][1] + noise(random)}, data.label[i]);
    for (Parameter* p : mlp.parameters()) p->Update(0.1f, kBatch);
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return {};
  };
  return cairn::Train({.step = step,
                       .components = &components,
                       .steps_per_epoch = kStepsPerEpoch,
                       .max_epoch = epochs,
                       .resume_at = resumed.position})
      .status();
}

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return std::fputs("train_mlp DIRECTORY [EPOCHS] [--slow]\n", stderr), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a line is seen before the next kill
  const int epochs = arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : 20;
  const cairn::Status status = TrainIn(arguments[0], epochs, arguments.back() == "--slow");
  if (!status.ok()) std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  if (!status.hint().empty())
    std::fprintf(stderr, "hint: %s\n", std::string(status.hint()).c_str());
  return status.ok() ? 0 : 1;
}
