// ModelSaver with `copy_budget` and variables that have more than one memory: a step need not wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/testing/values.h"
#include "cairn/train/gate_fixture.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

// The program computes the next values into a second vector and swaps the two.
TEST(SwappedBuffersTest, AStepIsDoneWithoutWaiting) {
  std::vector<float> now(16, 1), next(16);
  MemorySession session;
  ASSERT_TRUE(session.Add("w", now, {-1}).ok());
  session.AllowFreezing();
  const auto step = [&] {
    session.WaitUntilReleased(0);
    for (size_t i = 0; i < now.size(); ++i) next[i] = 2 * now[i];
    std::swap(now, next);
  };
  MemoryFileSystem fs;
  Gate gate;
  RunComponents components;
  ModelSaver saver(fs, "run", session, components,
                   {.background = true,
                    .if_still_saving = IfStillSaving::kReplaceWaiting,
                    .copy_budget = 0,
                    .on_saved = [&](const SavedCheckpoint& saved) { gate.Arrive(saved); }});
  ASSERT_TRUE(saver.Save({.step = 1}).ok());
  gate.AwaitArrivals(1);
  // The second vector is not frozen, so a program that knows its buffers need not ask for it.
  ASSERT_TRUE(saver.Save({.step = 2}).ok());
  ASSERT_TRUE(session.IsFrozen(0));
  for (size_t i = 0; i < now.size(); ++i) next[i] = 2 * now[i];
  std::swap(now, next);
  {
    std::jthread training(step);  // writes into the vector that is frozen
    gate.Open();
  }
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_EQ(now, std::vector<float>(16, 4));
  std::vector<float> restored(16);
  MemorySession other;
  ASSERT_TRUE(other.Add("w", restored, {16}).ok());
  ASSERT_TRUE(Apply(other, MakePlan(other, *Open(fs, "run/model-2"))).ok());
  EXPECT_EQ(restored, std::vector<float>(16, 1));
}

// A session of its own kind: it changes a frozen variable in new memory, and never waits.
class CopyOnWriteSession final : public Session {
 public:
  CopyOnWriteSession() {
    for (const char* name : {"a", "b", "c"}) {
      variables_.push_back({.name = name, .dtype = DType::kFloat32, .dims = {16}});
      values_.push_back(std::make_shared<std::vector<float>>(16, 1.0f));
    }
  }
  void Change() {
    for (auto& value : values_) {
      if (value.use_count() > 1) value = std::make_shared<std::vector<float>>(*value);
      for (float& element : *value) element += 1;
    }
  }
  // How many memories of variables are in use for a checkpoint.
  size_t num_frozen() const { return *num_frozen_; }

  std::span<const Variable> variables() const override { return variables_; }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue>) override {
    return Status(Reason::kUnsupported, "this session is only saved");
  }
  Result<TensorDict> Snapshot(std::span<const VariableId> ids) override {
    TensorDict::Builder dict;
    for (const VariableId id : ids) {
      CAIRN_ASSIGN_OR_RETURN(
          auto source, MemorySource(variables_[id].name, DType::kFloat32,
                                    std::as_bytes(std::span(*values_[id])), variables_[id].dims));
      dict.Add(variables_[id].name, std::move(source));
    }
    return dict.Build();
  }
  Result<std::unique_ptr<FrozenVariables>> Freeze(std::span<const VariableId> ids) override {
    CAIRN_ASSIGN_OR_RETURN(TensorDict values, Snapshot(ids));
    auto frozen = std::make_unique<Frozen>(num_frozen_, std::move(values));
    for (const VariableId id : ids) frozen->Keep(values_[id]);
    return std::unique_ptr<FrozenVariables>(std::move(frozen));
  }

 private:
  using Value = std::shared_ptr<std::vector<float>>;

  class Frozen final : public FrozenVariables {
   public:
    Frozen(std::shared_ptr<std::atomic<size_t>> count, TensorDict values)
        : count_(std::move(count)), values_(std::move(values)) {}
    ~Frozen() override {
      for (size_t i = 0; i < kept_.size(); ++i) {
        if (kept_[i]) Release(i);
      }
    }
    void Keep(Value value) { kept_.push_back(std::move(value)), ++*count_; }
    const TensorDict& values() const override { return values_; }
    void Release(size_t i) override { kept_[i].reset(), --*count_; }

   private:
    std::shared_ptr<std::atomic<size_t>> count_;
    TensorDict values_;
    std::vector<Value> kept_;
  };

  std::vector<Variable> variables_;
  std::vector<Value> values_;
  std::shared_ptr<std::atomic<size_t>> num_frozen_ = std::make_shared<std::atomic<size_t>>(0);
};

TEST(CopyOnWriteSessionTest, NeverWaits) {
  CopyOnWriteSession session;
  MemoryFileSystem fs;
  Gate gate;
  RunComponents components;
  ModelSaver saver(fs, "run", session, components,
                   {.background = true,
                    .if_still_saving = IfStillSaving::kReplaceWaiting,
                    .copy_budget = 64,
                    .on_saved = [&](const SavedCheckpoint& saved) { gate.Arrive(saved); }});
  ASSERT_TRUE(saver.Save({.step = 1}).ok());
  gate.AwaitArrivals(1);
  session.Change();
  ASSERT_TRUE(saver.Save({.step = 2}).ok());
  EXPECT_EQ(session.num_frozen(), 2u);
  for (int i = 0; i < 3; ++i) session.Change();
  gate.Open();
  ASSERT_TRUE(saver.Wait().ok());
  EXPECT_EQ(session.num_frozen(), 0u);
  const TensorDict dict = *Open(fs, "run/model-2");
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(*ValuesOf<float>(**dict.Get(name)), std::vector<float>(16, 2.0f));
}

}  // namespace
}  // namespace cairn
