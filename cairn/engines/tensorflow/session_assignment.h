// New values for variables of a TensorFlow session.
#ifndef CAIRN_ENGINES_TENSORFLOW_SESSION_ASSIGNMENT_H_
#define CAIRN_ENGINES_TENSORFLOW_SESSION_ASSIGNMENT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/session_variables.h"
#include "cairn/engines/tensorflow/variable_nodes.h"

namespace cairn::tensorflow {

// A variable that gets a value, and what assigns it.
struct AssignmentTarget {
  std::string name;  // of the variable, for messages
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;  // of the value
  VariableNodes nodes;
};

// The buffers are tensors of TensorFlow, which variables adopt without a copy; only small values
// are copied: those of ref variables, since that takes one run less, and those that are rows of one
// tensor.
class SessionAssignment final : public Assignment {
 public:
  // Makes all buffers. Errors: kNoMemory.
  static Result<std::unique_ptr<Assignment>> Begin(std::shared_ptr<Runtime> runtime,
                                                   std::shared_ptr<const SharedNodes> shared,
                                                   std::vector<AssignmentTarget> targets);

  bool fills_in_place() const override { return false; }
  MutableBytes buffer(size_t i) override;
  void SetStrings(size_t i, StringTensor value) override { values_[i].strings = std::move(value); }
  Status Commit() override;

 private:
  struct Value {
    AssignmentTarget target;
    std::shared_ptr<RuntimeTensor> tensor;  // null for rows, and for strings until they are known
    std::optional<StringTensor> strings;
  };

  SessionAssignment(std::shared_ptr<Runtime> runtime, std::shared_ptr<const SharedNodes> shared)
      : runtime_(std::move(runtime)), shared_(std::move(shared)) {}

  Status MakeBuffer(Value& value);
  // Returns the tensor of a group, made when it is first asked for.
  Result<std::shared_ptr<RuntimeTensor>> RowsOf(size_t group);
  // Feeds the values that are given, and takes their tensors.
  std::vector<Feed> TakeFeeds(std::span<Value* const> values);
  static Status CheckStrings(const Value& value);
  Status MakeStrings(Value& value);
  Status AssignAtOnce(std::span<Value* const> values);
  Status AssignStaged(std::span<Value* const> values);
  Status FeedOthers(std::vector<Feed>& feeds);

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<const SharedNodes> shared_;
  std::vector<Value> values_;
  std::map<size_t, std::shared_ptr<RuntimeTensor>> rows_;  // by group
  bool is_committed_ = false;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SESSION_ASSIGNMENT_H_
