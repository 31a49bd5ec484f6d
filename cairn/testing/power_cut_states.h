// Every state in which a power cut can leave a file system, for tests that try them all.
#ifndef CAIRN_TESTING_POWER_CUT_STATES_H_
#define CAIRN_TESTING_POWER_CUT_STATES_H_

#include <functional>
#include <random>
#include <string>
#include <unordered_set>

#include "cairn/io/memory_file_system.h"

namespace cairn {

// The model is weaker than any file system in use, so what holds in it holds on all of them:
//
// - Each change of a name that was not synced is on the disk or is not, independently of the
//   others. That includes every prefix of the changes, as a journal leaves them. A rename within a
//   directory is never torn; of a rename between directories either half may be missing.
// - Each file whose contents were not synced has any of the FileRemains, whether or not its name
//   is on the disk.
// - What was synced is there.
//
// Reference: Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014).
class PowerCutStates {
 public:
  // `what` names the changes that reached the disk, and what is left of the files. `after` may be
  // changed by the visitor.
  using Visit = std::function<void(MemoryFileSystem& after, const std::string& what)>;

  // A cut with more than `max_per_cut` combinations of outcomes is sampled: the outcomes of a
  // journal, then random ones. Equal seeds give equal samples.
  explicit PowerCutStates(uint64_t max_per_cut = 4096, uint64_t seed = 1)
      : max_per_cut_(max_per_cut), random_(seed) {}

  // Visits the states in which a power cut now could leave `disk`, apart from those that this
  // object has visited before.
  void ForEachNew(const MemoryFileSystem& disk, const Visit& visit);

  uint64_t num_states() const { return seen_.size(); }
  uint64_t num_combinations() const { return num_combinations_; }
  uint64_t num_sampled_cuts() const { return num_sampled_cuts_; }
  // "1200 states of 5000 combinations; 2 cuts were sampled".
  std::string ToString() const;

 private:
  PowerCut Random(size_t num_names, size_t num_files);

  uint64_t max_per_cut_;
  std::mt19937_64 random_;
  std::unordered_set<std::string> seen_;
  uint64_t num_combinations_ = 0;
  uint64_t num_sampled_cuts_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_POWER_CUT_STATES_H_
