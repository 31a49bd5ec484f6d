#include "cairn/session/memory_session.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/session/check_values.h"
#include "cairn/session/memory_source.h"

namespace cairn {
namespace {

constexpr int64_t kUnknown = -1;

class MemoryAssignment final : public Assignment {
 public:
  void Add(std::shared_ptr<MemoryPlace> place, std::unique_ptr<StagedValue> value) {
    values_.push_back({std::move(place), std::move(value), {}});
  }

  bool fills_in_place() const override {
    return std::ranges::any_of(values_, [](const Value& v) { return v.staged->is_in_place(); });
  }
  MutableBytes buffer(size_t i) override { return values_[i].staged->buffer(); }
  void SetStrings(size_t i, StringTensor strings) override {
    values_[i].error = values_[i].staged->SetStrings(strings);
  }

  Status Commit() override {
    for (const Value& value : values_) CAIRN_RETURN_IF_ERROR(value.error);
    for (const Value& value : values_) value.staged->Commit();
    return {};
  }

 private:
  struct Value {
    std::shared_ptr<MemoryPlace> place;  // lives on for `staged`
    std::unique_ptr<StagedValue> staged;
    Status error;  // of SetStrings
  };

  std::vector<Value> values_;
};

Status Wrong(std::string_view variable, const std::string& what) {
  return Status(Reason::kArgument, "variable " + Quoted(variable) + ": " + what);
}

Status CheckName(const std::string& name) {
  if (name.empty()) return Status(Reason::kArgument, "a variable without a name");
  if (name.ends_with(":0")) {
    return Status(Reason::kArgument, Quoted(name) + " is a tensor's name, not a variable's")
        .WithHint("leave ':0' out; in a checkpoint both forms are found");
  }
  return {};
}

bool HasUnknownDim(std::span<const int64_t> dims) {
  return std::ranges::find(dims, kUnknown) != dims.end();
}

std::string TypeOf(const Variable& variable) {
  return std::string(Name(variable.dtype)) + ToString(variable.dims);
}

// The dims come from the caller, never from a file, so that every error is kArgument.
Result<uint64_t> CountElements(std::string_view name, DType dtype, std::span<const int64_t> dims) {
  const Result<uint64_t> count = NumElements(dims);
  if (!count.ok()) return Wrong(name, std::string(count.status().message()));
  if (dtype == DType::kString) return count;
  const Result<uint64_t> nbytes = Nbytes(dtype, *count);
  if (!nbytes.ok()) return Wrong(name, std::string(nbytes.status().message()));
  return count;
}

// The size of an array: bytes of numbers, or strings.
uint64_t SizeAt(const MemoryPlace& place, DType dtype) {
  return dtype == DType::kString ? place.strings().size() : place.bytes().size();
}
uint64_t SizeOfElement(DType dtype) { return dtype == DType::kString ? 1 : ElementNbytes(dtype); }

Status CheckSize(const Variable& variable, const MemoryPlace& place) {
  const DType dtype = variable.dtype;
  CAIRN_ASSIGN_OR_RETURN(const uint64_t count, CountElements(variable.name, dtype, variable.dims));
  const uint64_t needed = count * SizeOfElement(dtype);
  if (needed == SizeAt(place, dtype)) return {};
  return Wrong(variable.name, TypeOf(variable) + " needs " + std::to_string(needed) +
                                  (dtype == DType::kString ? " strings" : " bytes") +
                                  ", its array has " + std::to_string(SizeAt(place, dtype)));
}

// Finds the dimension that is not known from the number of elements, as `reshape` of numpy does.
// Without elements every such dimension is 0.
Result<std::vector<int64_t>> FillInDims(const Variable& variable, uint64_t num_elements) {
  std::vector<int64_t> known = variable.dims;
  std::erase(known, kUnknown);
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_known,
                         CountElements(variable.name, variable.dtype, known));
  std::vector<int64_t> dims = variable.dims;
  if (num_elements == 0) {
    std::ranges::replace(dims, kUnknown, 0);
    return dims;
  }
  const bool is_one_unknown = known.size() + 1 == dims.size();
  if (!is_one_unknown || num_known == 0 || num_elements % num_known != 0) {
    return Wrong(variable.name, TypeOf(variable) + " cannot have " + std::to_string(num_elements) +
                                    " elements, which its array has")
        .WithHint(is_one_unknown ? "" : "leave the array empty, or give all dims but one");
  }
  std::ranges::replace(dims, kUnknown, static_cast<int64_t>(num_elements / num_known));
  return dims;
}

Result<std::vector<int64_t>> DimsOfValue(const Variable& variable, const MemoryPlace& place) {
  if (!HasUnknownDim(variable.dims)) return variable.dims;
  const uint64_t num_elements = SizeAt(place, variable.dtype) / SizeOfElement(variable.dtype);
  std::vector<int64_t> own = place.own_dims();
  if (CanHave(variable, own) && NumElements(own).value_or(num_elements + 1) == num_elements) {
    return own;
  }
  return FillInDims(variable, num_elements);
}

Status CannotGrow(const std::string& name, DType dtype, std::span<const int64_t> dims) {
  return Wrong(name, "the array of " + std::string(Name(dtype)) + ToString(dims) +
                         " cannot grow, so it cannot have a dimension of -1")
      .WithHint("give all dims, or add a std::vector itself");
}

Result<std::shared_ptr<const TensorSource>> SourceOfValue(const Variable& variable,
                                                          const MemoryPlace& place) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<int64_t> dims, DimsOfValue(variable, place));
  auto source = variable.dtype == DType::kString
                    ? MemorySource(variable.name, place.strings(), dims)
                    : MemorySource(variable.name, variable.dtype, place.bytes(), dims);
  return std::move(source).In(Quoted(variable.name));
}

}  // namespace

bool MemorySession::HasUnknown(Dims dims) { return HasUnknownDim(dims.values()); }

Status MemorySession::NotOfThisType(const std::string& name, Dims dims) {
  return Wrong(name, "the type of its array cannot have the dims " + ToString(dims.values()))
      .WithHint("give as many dims as the type has, and -1 only for those that it does not fix");
}

Status MemorySession::Add(std::string name, DType dtype, MutableBytes bytes, Dims dims,
                          Collections collections) {
  if (ElementNbytes(dtype) == 0) {
    return Wrong(name, "a program's memory cannot hold " + std::string(Name(dtype)));
  }
  if (HasUnknown(dims)) return CannotGrow(name, dtype, dims.values());
  return AddPlace(std::move(name), dtype, dims, collections, PlaceOf(bytes));
}

Status MemorySession::Add(std::string name, std::vector<std::string>& values, Dims dims,
                          Collections collections) {
  return AddPlace(std::move(name), DType::kString, dims, collections,
                  HasUnknown(dims) ? GrowingPlaceOf(values) : PlaceOf(values));
}

Status MemorySession::Add(std::string name, std::string& value, Collections collections) {
  return AddPlace(std::move(name), DType::kString, {}, collections, PlaceOf(value));
}

Status MemorySession::Add(std::string name, std::string& value, std::initializer_list<int64_t> dims,
                          Collections collections) {
  if (HasUnknown(dims)) return CannotGrow(name, DType::kString, Dims(dims).values());
  return AddPlace(std::move(name), DType::kString, dims, collections, PlaceOf(value));
}

Status MemorySession::AddPlace(std::string name, DType dtype, Dims dims, Collections collections,
                               std::shared_ptr<MemoryPlace> place) {
  CAIRN_RETURN_IF_ERROR(CheckName(name));
  Variable variable = {.name = std::move(name),
                       .dtype = dtype,
                       .dims = {dims.values().begin(), dims.values().end()},
                       .collections = collections};
  CAIRN_RETURN_IF_ERROR(HasUnknown(dims) ? DimsOfValue(variable, *place).status()
                                         : CheckSize(variable, *place));
  std::shared_ptr<const TensorSource> fixed_source;
  if (!HasUnknown(dims) && dtype != DType::kString) {
    CAIRN_ASSIGN_OR_RETURN(fixed_source, SourceOfValue(variable, *place));
  }
  if (!ids_.try_emplace(variable.name, variables_.size()).second) {
    return Status(Reason::kArgument, "two variables are named " + Quoted(variable.name));
  }
  variables_.push_back(std::move(variable));
  places_.push_back(std::move(place));
  fixed_sources_.push_back(std::move(fixed_source));
  return {};
}

Result<VariableId> MemorySession::Find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  if (found != ids_.end()) return found->second;
  const auto name_at = [&](size_t i) -> std::string_view { return variables_[i].name; };
  return Status(Reason::kMissing, "the session has no variable " + Quoted(name))
      .WithHint(DidYouMean(NearestNames(name, variables_.size(), name_at)));
}

Result<std::vector<int64_t>> MemorySession::DimsOf(std::string_view name) const {
  CAIRN_ASSIGN_OR_RETURN(const VariableId id, Find(name));
  return DimsOfValue(variables_[id], *places_[id]);
}

Result<std::unique_ptr<Assignment>> MemorySession::Begin(std::span<const NewValue> values) {
  CAIRN_RETURN_IF_ERROR(CheckNewValues(values, variables_));
  for (const NewValue& value : values) WaitUntilReleased(value.variable);
  auto assignment = std::make_unique<MemoryAssignment>();
  for (const auto& [id, dims] : values) {
    CAIRN_ASSIGN_OR_RETURN(auto staged,
                           places_[id]->Stage(dims).In("variable " + Quoted(variables_[id].name)));
    assignment->Add(places_[id], std::move(staged));
  }
  return std::unique_ptr<Assignment>(std::move(assignment));
}

void MemorySession::AllowFreezing() {
  if (!gate_) gate_ = std::make_shared<FreezeGate>();
}

void MemorySession::WaitUntilReleased(VariableId variable) const {
  if (gate_) gate_->WaitUntilReleased(variable);
}

void MemorySession::WaitUntilReleased() const {
  if (gate_) gate_->WaitUntilReleased();
}

Result<std::unique_ptr<FrozenVariables>> MemorySession::Freeze(
    std::span<const VariableId> variables) {
  if (!gate_) return Session::Freeze(variables);
  CAIRN_ASSIGN_OR_RETURN(TensorDict values, Snapshot(variables));
  return gate_->Freeze(variables_, variables, std::move(values));
}

Result<TensorDict> MemorySession::Snapshot(std::span<const VariableId> variables) {
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(variables, variables_));
  TensorDict::Builder builder;
  for (const VariableId id : variables) {
    std::shared_ptr<const TensorSource> source = fixed_sources_[id];
    if (!source) {
      CAIRN_ASSIGN_OR_RETURN(source, SourceOfValue(variables_[id], *places_[id]));
    }
    builder.Add(variables_[id].name, std::move(source));
  }
  return builder.Build();
}

}  // namespace cairn
