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
    std::shared_ptr<Runtime> runtime, std::shared_ptr<const SharedNodes> shared,
    std::vector<AssignmentTarget> targets) {
  std::unique_ptr<SessionAssignment> assignment(
      new SessionAssignment(std::move(runtime), std::move(shared)));
  for (AssignmentTarget& target : targets) {
    Value& value = assignment->values_.emplace_back();
    value.target = std::move(target);
    CAIRN_RETURN_IF_ERROR(
        assignment->MakeBuffer(value).In("variable " + Quoted(value.target.name)));
  }
  return std::unique_ptr<Assignment>(std::move(assignment));
}

Status SessionAssignment::MakeBuffer(Value& value) {
  const AssignmentTarget& target = value.target;
  if (target.dtype == DType::kString) return {};
  if (target.nodes.row) return RowsOf(target.nodes.row->group).status();
  CAIRN_ASSIGN_OR_RETURN(value.tensor, runtime_->NewTensor(target.dtype, target.dims));
  return {};
}

// Rows of variables that are not assigned are zeros, which nobody gets.
Result<std::shared_ptr<RuntimeTensor>> SessionAssignment::RowsOf(size_t group) {
  std::shared_ptr<RuntimeTensor>& tensor = rows_[group];
  if (tensor != nullptr) return tensor;
  const RowGroup& of = shared_->rows[group];
  std::vector<int64_t> dims = {of.num_rows};
  dims.insert(dims.end(), of.dims.begin(), of.dims.end());
  CAIRN_ASSIGN_OR_RETURN(tensor, runtime_->NewTensor(of.dtype, dims));
  std::ranges::fill(tensor->bytes(), std::byte{0});
  return tensor;
}

MutableBytes SessionAssignment::buffer(size_t i) {
  const Value& value = values_[i];
  if (const auto& place = value.target.nodes.row) {
    const MutableBytes rows = rows_[place->group]->bytes();
    const size_t row_nbytes = rows.size() / shared_->rows[place->group].num_rows;
    return rows.subspan(place->row * row_nbytes, row_nbytes);
  }
  return value.tensor == nullptr ? MutableBytes() : value.tensor->bytes();
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

std::vector<Feed> SessionAssignment::TakeFeeds(std::span<Value* const> values) {
  std::vector<Feed> feeds;
  for (Value* const value : values) {
    if (value->tensor != nullptr)
      feeds.push_back({value->target.nodes.value, std::move(value->tensor)});
  }
  for (auto& [group, tensor] : rows_)
    feeds.push_back({shared_->rows[group].value, std::move(tensor)});
  return feeds;
}

Status SessionAssignment::AssignAtOnce(std::span<Value* const> values) {
  const std::vector<Feed> feeds = TakeFeeds(values);
  std::vector<std::string> assigns;
  for (const Value* const value : values) {
    const VariableNodes& nodes = value->target.nodes;
    assigns.insert(assigns.end(), nodes.assigns.begin(), nodes.assigns.end());
  }
  return runtime_->Run(feeds, {}, assigns).status();
}

Status SessionAssignment::AssignStaged(std::span<Value* const> values) {
  std::vector<Feed> feeds = TakeFeeds(values);
  std::vector<std::string> first = {shared_->stage.stage};
  std::vector<std::string> second;
  for (const Value* const value : values) {
    const VariableNodes& nodes = value->target.nodes;
    const bool is_staged = !nodes.takes.empty();
    const std::vector<std::string>& assigns = is_staged ? nodes.takes : nodes.assigns;
    std::vector<std::string>& targets = is_staged ? second : first;
    targets.insert(targets.end(), assigns.begin(), assigns.end());
  }
  CAIRN_RETURN_IF_ERROR(FeedOthers(feeds));
  Status status = runtime_->Run(feeds, {}, first).status();
  // From here on the stage alone holds the values.
  feeds.clear();
  if (status.ok()) status = runtime_->Run({}, {}, second).status();
  if (status.ok()) return status;
  // The next assignment must not find values of this one. If this fails, too, nothing else works.
  (void)runtime_->Run({}, {}, {&shared_->stage.clear, 1});
  return status;
}

// The stage takes a value for each of its variables, also for those that are not assigned.
Status SessionAssignment::FeedOthers(std::vector<Feed>& feeds) {
  std::unordered_set<std::string_view> fed;
  for (const Feed& feed : feeds) fed.insert(feed.output);
  std::map<DType, std::shared_ptr<RuntimeTensor>> nothing;
  std::vector<Feed> others;
  const StageNodes& stage = shared_->stage;
  for (size_t i = 0; i < stage.values.size(); ++i) {
    if (fed.contains(stage.values[i])) continue;
    std::shared_ptr<RuntimeTensor>& tensor = nothing[stage.dtypes[i]];
    if (tensor == nullptr) {
      CAIRN_ASSIGN_OR_RETURN(tensor, runtime_->NewTensor(stage.dtypes[i], kNoElements));
    }
    others.push_back({stage.values[i], tensor});
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
    if (value.tensor == nullptr && !value.target.nodes.row) continue;
    given.push_back(&value);
    if (!value.target.nodes.takes.empty()) nbytes_to_stage += value.tensor->bytes().size();
  }
  if (given.empty()) return {};
  return nbytes_to_stage < kMinStagedNbytes ? AssignAtOnce(given) : AssignStaged(given);
}

}  // namespace cairn::tensorflow
