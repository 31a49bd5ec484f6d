#include "cairn/session/freeze_gate.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cairn {

class FreezeGate::Counts {
 public:
  void Add(std::span<const VariableId> variables) {
    const std::lock_guard lock(mutex_);
    for (const VariableId variable : variables) ++counts_[variable];
  }
  void Remove(std::span<const VariableId> variables) {
    {
      const std::lock_guard lock(mutex_);
      for (const VariableId variable : variables) {
        const auto found = counts_.find(variable);
        if (--found->second == 0) counts_.erase(found);
      }
    }
    changed_.notify_all();
  }
  bool Has(VariableId variable) const {
    const std::lock_guard lock(mutex_);
    return counts_.contains(variable);
  }
  void WaitWhileHas(VariableId variable) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !counts_.contains(variable); });
  }
  void WaitUntilEmpty() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return counts_.empty(); });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::unordered_map<VariableId, size_t> counts_;  // of those that are frozen
};

// Knows for each value which variable it is of, and whether that is still to be released.
class FreezeGate::Frozen final : public FrozenVariables {
 public:
  Frozen(std::shared_ptr<Counts> counts, std::vector<VariableId> variables, TensorDict values)
      : counts_(std::move(counts)),
        variables_(std::move(variables)),
        is_released_(variables_.size()),
        values_(std::move(values)) {
    counts_->Add(variables_);
  }
  ~Frozen() override {
    std::vector<VariableId> left;
    for (size_t i = 0; i < variables_.size(); ++i) {
      if (!is_released_[i]) left.push_back(variables_[i]);
    }
    counts_->Remove(left);
  }

  const TensorDict& values() const override { return values_; }
  void Release(size_t i) override {
    is_released_[i] = 1;
    counts_->Remove(std::span(&variables_[i], 1));
  }

 private:
  const std::shared_ptr<Counts> counts_;
  const std::vector<VariableId> variables_;  // in the order of the values
  std::vector<char> is_released_;            // each is set by one thread
  const TensorDict values_;
};

FreezeGate::FreezeGate() : counts_(std::make_shared<Counts>()) {}
FreezeGate::~FreezeGate() = default;

std::unique_ptr<FrozenVariables> FreezeGate::Freeze(std::span<const Variable> variables,
                                                    std::span<const VariableId> frozen,
                                                    TensorDict values) {
  std::vector<VariableId> in_order(frozen.begin(), frozen.end());
  std::ranges::sort(in_order, {},
                    [&](VariableId id) -> const std::string& { return variables[id].name; });
  return std::make_unique<Frozen>(counts_, std::move(in_order), std::move(values));
}

bool FreezeGate::IsFrozen(VariableId variable) const { return counts_->Has(variable); }
void FreezeGate::WaitUntilReleased(VariableId variable) const { counts_->WaitWhileHas(variable); }
void FreezeGate::WaitUntilReleased() const { counts_->WaitUntilEmpty(); }

}  // namespace cairn
