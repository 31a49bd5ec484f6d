#include "cairn/engines/tensorflow/session_assignment.h"

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

// Copying less than this takes less time than a second run.
constexpr uint64_t kMinStagedNbytes = uint64_t{16} << 20;

}  // namespace

Result<std::unique_ptr<Assignment>> SessionAssignment::Begin(
    std::shared_ptr<Runtime> runtime, std::vector<AssignmentTarget> targets) {
  std::unique_ptr<SessionAssignment> assignment(new SessionAssignment(std::move(runtime)));
  for (AssignmentTarget& target : targets) {
    Value& value = assignment->values_.emplace_back();
    value.target = std::move(target);
    if (value.target.dtype == DType::kString) continue;
    CAIRN_ASSIGN_OR_RETURN(value.tensor,
                           assignment->runtime_->NewTensor(value.target.dtype, value.target.dims)
                               .In("variable " + Quoted(value.target.name)));
  }
  return std::unique_ptr<Assignment>(std::move(assignment));
}

MutableBytes SessionAssignment::buffer(size_t i) {
  RuntimeTensor* const tensor = values_[i].tensor.get();
  return tensor == nullptr ? MutableBytes() : tensor->bytes();
}

Status SessionAssignment::CheckStrings(const Value& value) {
  if (!value.strings) return {};
  if (value.target.dtype != DType::kString) {
    return Status(Reason::kArgument, "strings were given for variable " +
                                         Quoted(value.target.name) + ", which holds numbers");
  }
  CAIRN_ASSIGN_OR_RETURN(const uint64_t expected, NumElements(value.target.dims));
  if (value.strings->size() == expected) return {};
  return Status(Reason::kArgument, std::to_string(value.strings->size()) +
                                       " strings for variable " + Quoted(value.target.name) +
                                       ", whose new value has " + std::to_string(expected));
}

Status SessionAssignment::MakeStrings(Value& value) {
  if (!value.strings) return {};
  CAIRN_ASSIGN_OR_RETURN(value.tensor,
                         runtime_->NewStrings(*std::move(value.strings), value.target.dims));
  return {};
}

Status SessionAssignment::AssignAtOnce(std::span<Value* const> values) {
  std::vector<Feed> feeds;
  std::vector<std::string> assigns;
  for (Value* const value : values) {
    const VariableNodes& nodes = value->target.nodes;
    feeds.push_back({nodes.value, std::move(value->tensor)});
    assigns.insert(assigns.end(), nodes.assigns.begin(), nodes.assigns.end());
  }
  return runtime_->Run(feeds, {}, assigns).status();
}

Status SessionAssignment::AssignStaged(std::span<Value* const> values) {
  std::vector<Feed> feeds;
  std::vector<std::string> first;
  std::vector<std::string> second;
  std::vector<std::string> clears;
  for (Value* const value : values) {
    const VariableNodes& nodes = value->target.nodes;
    feeds.push_back({nodes.value, std::move(value->tensor)});
    if (nodes.stage.empty()) {
      first.insert(first.end(), nodes.assigns.begin(), nodes.assigns.end());
      continue;
    }
    first.push_back(nodes.stage);
    second.push_back(nodes.assign_staged);
    clears.push_back(nodes.clear);
  }
  Status status = runtime_->Run(feeds, {}, first).status();
  // From here on the stages alone hold the values.
  feeds.clear();
  if (status.ok()) status = runtime_->Run({}, {}, second).status();
  if (status.ok()) return status;
  // The next assignment must not find values of this one. If this fails, too, nothing else works.
  (void)runtime_->Run({}, {}, clears);
  return status;
}

Status SessionAssignment::Commit() {
  if (is_committed_) return Status(Reason::kArgument, "the values were assigned before");
  is_committed_ = true;
  for (const Value& value : values_) CAIRN_RETURN_IF_ERROR(CheckStrings(value));
  std::vector<Value*> given;
  uint64_t nbytes_to_stage = 0;
  for (Value& value : values_) {
    CAIRN_RETURN_IF_ERROR(MakeStrings(value));
    if (value.tensor == nullptr) continue;
    given.push_back(&value);
    if (!value.target.nodes.stage.empty()) nbytes_to_stage += value.tensor->bytes().size();
  }
  if (given.empty()) return {};
  return nbytes_to_stage < kMinStagedNbytes ? AssignAtOnce(given) : AssignStaged(given);
}

}  // namespace cairn::tensorflow
