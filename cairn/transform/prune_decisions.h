// Whether each entry of a checkpoint is kept or dropped, and why, until all are decided.
#ifndef CAIRN_TRANSFORM_PRUNE_DECISIONS_H_
#define CAIRN_TRANSFORM_PRUNE_DECISIONS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_graph.h"
#include "cairn/transform/prune.h"

namespace cairn {

class PruneDecisions {
 public:
  // At first every entry is dropped. Errors: those of reading the object graph.
  static Result<PruneDecisions> Make(const TensorDict& dict);

  // The object graph of the checkpoint; nothing where it has none.
  const std::optional<ObjectGraph>& objects() const { return objects_; }

  // Returns the position of a variable: under its name with ":0", as it is, or by its full name in
  // the object graph.
  std::optional<size_t> Find(std::string_view variable);

  void Keep(size_t i) { is_kept_[i] = true; }
  void Drop(size_t i, std::string why);
  // The reason for entries that are not kept and have none of their own.
  void DropRest(std::string why) { why_rest_ = std::move(why); }
  bool is_kept(size_t i) const { return is_kept_[i]; }

  // Keeps each weight that is kept with the value of its moving average. Errors: kMissing (no
  // weight has one).
  Status TakeAverages();

  // The plan of all decisions. `drops_run_state` says what becomes of the state of a training run.
  // Errors: kArgument (two tensors would have one name).
  Result<PrunePlan> Finish(bool drops_run_state, bool use_variable_names);

 private:
  explicit PruneDecisions(const TensorDict& dict);

  void ReadFullNames();
  void DecideBookkeeping(bool drops_run_state);

  TensorDict dict_;
  std::optional<ObjectGraph> objects_;
  std::optional<std::map<std::string_view, std::string_view>> full_names_;
  std::vector<bool> is_kept_;
  std::vector<bool> is_moved_;  // its value stands under another name
  std::vector<size_t> source_;  // of the value that an entry is kept with
  std::vector<std::string> why_;
  std::string why_rest_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_PRUNE_DECISIONS_H_
