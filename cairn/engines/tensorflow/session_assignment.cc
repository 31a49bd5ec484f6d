#include "cairn/engines/tensorflow/session_assignment.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

// Copying less than this takes less time than a second run.
constexpr uint64_t kMinStagedNbytes = uint64_t{16} << 20;
constexpr std::array<int64_t, 1> kNoElements = {0};

}  // namespace

Result<std::unique_ptr<Assignment>> SessionAssignment::Begin(
    std::shared_ptr<Runtime> runtime, std::shared_ptr<const StageNodes> stage,
    std::vector<AssignmentTarget> targets) {
  std::unique_ptr<SessionAssignment> assignment(
      new SessionAssignment(std::move(runtime), std::move(stage)));
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
  std::vector<std::string> first = {stage_->stage};
  std::vector<std::string> second;
  for (Value* const value : values) {
    const VariableNodes& nodes = value->target.nodes;
    feeds.push_back({nodes.value, std::move(value->tensor)});
    std::vector<std::string>& assigns = nodes.can_be_staged ? second : first;
    assigns.insert(assigns.end(), nodes.assigns.begin(), nodes.assigns.end());
  }
  CAIRN_RETURN_IF_ERROR(FeedOthers(feeds));
  Status status = runtime_->Run(feeds, {}, first).status();
  // From here on the stage alone holds the values.
  feeds.clear();
  if (status.ok()) status = runtime_->Run({}, {}, second).status();
  if (status.ok()) return status;
  // The next assignment must not find values of this one. If this fails, too, nothing else works.
  (void)runtime_->Run({}, {}, {&stage_->clear, 1});
  return status;
}

// The stage takes a value for each of its variables, also for those that are not assigned.
Status SessionAssignment::FeedOthers(std::vector<Feed>& feeds) {
  std::unordered_set<std::string_view> fed;
  for (const Feed& feed : feeds) fed.insert(feed.output);
  std::map<DType, std::shared_ptr<RuntimeTensor>> nothing;
  std::vector<Feed> others;
  for (size_t i = 0; i < stage_->values.size(); ++i) {
    if (fed.contains(stage_->values[i])) continue;
    std::shared_ptr<RuntimeTensor>& tensor = nothing[stage_->dtypes[i]];
    if (tensor == nullptr) {
      CAIRN_ASSIGN_OR_RETURN(tensor, runtime_->NewTensor(stage_->dtypes[i], kNoElements));
    }
    others.push_back({stage_->values[i], tensor});
  }
  std::ranges::move(others, std::back_inserter(feeds));
  return {};
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
    if (value.target.nodes.can_be_staged) nbytes_to_stage += value.tensor->bytes().size();
  }
  if (given.empty()) return {};
  return nbytes_to_stage < kMinStagedNbytes ? AssignAtOnce(given) : AssignStaged(given);
}

}  // namespace cairn::tensorflow
