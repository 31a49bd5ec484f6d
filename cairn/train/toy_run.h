// For tests: a run so small that it can be killed at every point, with everything a run can have.
#ifndef CAIRN_TRAIN_TOY_RUN_H_
#define CAIRN_TRAIN_TOY_RUN_H_

#include <random>
#include <string>
#include <vector>

#include "cairn/session/memory_session.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/resume.h"
#include "cairn/train/trainer.h"

namespace cairn {

// Counts the epochs it has seen: state that is wrong when an epoch is seen twice or not at all.
class EpochCounter final : public Callback {
 public:
  std::string_view name() const override { return "EpochCounter"; }
  Status TriggerEpoch(const TrainPosition& position) override {
    seen_ += std::to_string(position.epoch) + ",";
    return {};
  }
  std::string SaveState() const override { return seen_; }
  Status LoadState(std::string_view state) override {
    seen_ = state;
    return {};
  }

 private:
  std::string seen_;
};

// Every part changes in every step, and each depends on the others' past.
struct ToyRun {
  std::vector<float> weights = std::vector<float>(6);
  std::vector<int64_t> history = std::vector<int64_t>(3);
  std::vector<std::string> words = {"", "b"};
  std::vector<float> scratch = std::vector<float>(2);  // local
  std::mt19937 random{5};
  std::normal_distribution<float> normal;
  int64_t data = 0;
  EpochCounter
      epochs;  // not yet added to the components: its place among the callbacks is the test's
  MemorySession session;
  RunComponents components;

  ToyRun() {
    ok(session.Add("toy/W", weights, {2, 3}, {.trainable = true}));
    ok(session.Add("toy/history", history, {3}));
    ok(session.Add("toy/words", words, {2}));
    ok(session.Add("toy/scratch", scratch, {2}, {.local = true}));
    components.AddGenerator("random", random);
    components.AddGenerator("normal", normal);
    components.SetDataPosition([this] { return std::to_string(data); },
                               [this](std::string_view text) {
                                 data = std::stoll(std::string(text));
                                 return Status();
                               });
  }
  ToyRun(const ToyRun&) = delete;
  ToyRun& operator=(const ToyRun&) = delete;

  void Step() {
    data = (data * 7 + 3) % 101;
    for (float& weight : weights) weight = 0.9f * weight + normal(random);
    history[static_cast<size_t>(data) % 3] += data;
    words[0] = std::string(static_cast<size_t>(data) % 5, 'x');
    scratch[0] += 1;
  }

  bool is_sound = true;  // what the constructor could not report

 private:
  void ok(const Status& status) { is_sound &= status.ok(); }
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_TOY_RUN_H_
