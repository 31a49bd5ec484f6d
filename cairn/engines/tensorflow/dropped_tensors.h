// Tensors that this process has dropped, and a worker still holds.
#ifndef CAIRN_ENGINES_TENSORFLOW_DROPPED_TENSORS_H_
#define CAIRN_ENGINES_TENSORFLOW_DROPPED_TENSORS_H_

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn::tensorflow {

// Safe to use from several threads at once: a tensor may be dropped by any of them.
class DroppedTensors {
 public:
  void Add(uint64_t id) {
    const std::lock_guard lock(mutex_);
    ids_.push_back(id);
  }
  std::vector<uint64_t> TakeAll() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ids_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<uint64_t> ids_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_DROPPED_TENSORS_H_
