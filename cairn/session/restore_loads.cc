#include "cairn/session/restore_loads.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cairn/core/escape.h"
#include "cairn/session/value_rule.h"
#include "cairn/source/joined_source.h"
#include "cairn/source/overlaid_source.h"
#include "cairn/source/picked_source.h"
#include "cairn/source/reshaped_source.h"
#include "cairn/source/rows_source.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

Status CheckPlanIsFor(const Session& session, const RestoreItem& item) {
  const std::span<const Variable> variables = session.variables();
  if (*item.variable < variables.size() && variables[*item.variable].name == item.name) return {};
  return Status(Reason::kArgument, "the plan was made for another session: variable " +
                                       std::to_string(*item.variable) + " is not " +
                                       Quoted(item.name));
}

// Whether the session makes memory for a value by the dims that the file has.
bool HasUnknownSize(const Variable& variable) {
  return !variable.has_known_rank || std::ranges::find(variable.dims, -1) != variable.dims.end();
}

Result<SourcePtr> JoinParts(const std::vector<SourcePtr>& parts, size_t axis) {
  std::vector<int64_t> dims(parts[0]->shape().dims().begin(), parts[0]->shape().dims().end());
  dims[axis] = 0;
  std::vector<JoinedSource::Slice> slices;
  for (const SourcePtr& part : parts) {
    Box box = WholeBox(part->shape().dims());
    box[axis].start = dims[axis];
    dims[axis] += box[axis].length;
    slices.push_back({std::move(box), part});
  }
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
  return JoinedSource::Make(parts[0]->dtype(), std::move(shape), std::move(slices));
}

Result<SourcePtr> TakePart(SourcePtr whole, const Box& box) {
  std::vector<int64_t> dims;
  for (const Range& range : box) dims.push_back(range.length);
  CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims));
  BoxRuns runs(whole->shape().dims(), box);
  if (whole->has_random_access())
    return PickUnchecked(std::move(whole), std::move(runs), std::move(shape));
  return Pick(std::move(whole), std::move(runs), std::move(shape));
}

// Makes the loads of a plan, item by item.
class LoadMaker {
 public:
  LoadMaker(Session& session, const RestorePlan& plan) : session_(session), plan_(plan) {}

  Result<RestoreLoads> Make() && {
    CAIRN_RETURN_IF_ERROR(TakeSnapshot());
    for (const RestoreItem& item : plan_.items) {
      if (!Assigns(item.match)) continue;
      CAIRN_RETURN_IF_ERROR(AddItem(item).InTensor(plan_.EntryName(item)));
    }
    for (auto& [place, stored] : stored_) loads_.stored.push_back(std::move(stored));
    return std::move(loads_);
  }

 private:
  // The present values of the variables that keep some of their rows.
  Status TakeSnapshot() {
    std::vector<VariableId> ids;
    const RestoreItem* previous = nullptr;
    for (const RestoreItem& item : plan_.items) {
      if (item.variable && Assigns(item.match))
        CAIRN_RETURN_IF_ERROR(CheckPlanIsFor(session_, item));
      const bool has_base =
          previous != nullptr && Assigns(previous->match) && previous->variable == item.variable;
      if (item.match == Match::kPartial && !has_base) ids.push_back(*item.variable);
      previous = &item;
    }
    if (ids.empty()) return {};
    CAIRN_ASSIGN_OR_RETURN(snapshot_, session_.Snapshot(ids));
    return {};
  }

  Status AddItem(const RestoreItem& item) {
    const Variable& variable = session_.variables()[*item.variable];
    CAIRN_ASSIGN_OR_RETURN(SourcePtr source, MakeOffered(item));
    if (HasUnknownSize(variable)) CAIRN_RETURN_IF_ERROR(source->CheckCanBeHeld());
    RestoreLoad load{.value = {*item.variable, DimsInVariable(variable, source->shape().dims())},
                     .source = nullptr,
                     .entry = plan_.EntryName(item),
                     .losses = nullptr};
    CAIRN_ASSIGN_OR_RETURN(source, Converted(std::move(source), variable, load));
    if (item.match == Match::kPartial) return LayOver(item, std::move(source), std::move(load));
    load.source = std::move(source);
    loads_.loads.push_back(std::move(load));
    return {};
  }

  // The value of an entry as the variable takes it: a part of it, joined, or rows of it.
  Result<SourcePtr> MakeOffered(const RestoreItem& item) {
    if (!item.parts.empty()) {
      std::vector<SourcePtr> parts;
      for (const size_t entry : item.parts) {
        CAIRN_ASSIGN_OR_RETURN(parts.emplace_back(), Stored(item.source, entry, false));
      }
      return JoinParts(parts, item.axis);
    }
    CAIRN_ASSIGN_OR_RETURN(SourcePtr source,
                           Stored(item.source, *item.entry, item.part.has_value()));
    if (item.part) return TakePart(std::move(source), *item.part);
    if (!item.rows.empty()) return PickRows(std::move(source), item.rows);
    return source;
  }

  Result<SourcePtr> Stored(size_t source, size_t entry, bool is_read_in_parts) {
    StoredValue& stored = stored_[{source, entry}];
    if (stored.source == nullptr) {
      CAIRN_ASSIGN_OR_RETURN(stored.source, plan_.sources[source].dict.source(entry));
      stored.entry = plan_.sources[source].dict.name(entry);
      stored.is_verified_first = plan_.sources[source].rules.verify_first;
    }
    stored.is_read_in_parts = stored.is_read_in_parts || is_read_in_parts;
    return stored.source;
  }

  static Result<SourcePtr> Converted(SourcePtr source, const Variable& variable,
                                     RestoreLoad& load) {
    if (!std::ranges::equal(source->shape().dims(), load.value.dims)) {
      CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(load.value.dims));
      CAIRN_ASSIGN_OR_RETURN(source, Reshape(std::move(source), std::move(shape)));
    }
    if (source->dtype() == variable.dtype) return source;
    load.losses = std::make_shared<CastTally>();
    return CastSource(std::move(source), variable.dtype, load.losses);
  }

  // Lays rows over the value that an earlier source gives the variable, or over its present value.
  Status LayOver(const RestoreItem& item, SourcePtr source, RestoreLoad load) {
    std::vector<bool> is_over;
    for (const int64_t row : item.rows) is_over.push_back(row != kNoRow);
    const bool has_base =
        !loads_.loads.empty() && loads_.loads.back().value.variable == *item.variable;
    if (has_base) {
      SourcePtr& base = loads_.loads.back().source;
      CAIRN_ASSIGN_OR_RETURN(base, OverlayRows(base, std::move(source), std::move(is_over)));
      return {};
    }
    CAIRN_ASSIGN_OR_RETURN(SourcePtr base, snapshot_.Get(item.name));
    CAIRN_ASSIGN_OR_RETURN(load.source,
                           OverlayRows(std::move(base), std::move(source), std::move(is_over)));
    loads_.loads.push_back(std::move(load));
    return {};
  }

  Session& session_;
  const RestorePlan& plan_;
  TensorDict snapshot_;
  std::map<std::pair<size_t, size_t>, StoredValue> stored_;  // by source and entry
  RestoreLoads loads_;
};

}  // namespace

Result<RestoreLoads> MakeLoads(Session& session, const RestorePlan& plan) {
  return LoadMaker(session, plan).Make();
}

}  // namespace cairn
