#include "cairn/session/memory_session.h"

#include "cairn/core/escape.h"
#include "cairn/session/check_values.h"
#include "cairn/session/memory_source.h"

namespace cairn {
namespace {

using Place = MemorySession::Place;

// Returns the strings at a place, or nothing where it holds numbers.
std::optional<std::span<std::string>> StringsAt(const Place& place) {
  if (const auto* strings = std::get_if<std::vector<std::string>*>(&place)) return **strings;
  if (const auto* string = std::get_if<std::string*>(&place)) return std::span(*string, 1);
  return std::nullopt;
}

// Returns the bytes at a place, or an empty span where it holds strings.
MutableBytes BytesAt(const Place& place) {
  const auto* bytes = std::get_if<MutableBytes>(&place);
  return bytes == nullptr ? MutableBytes() : *bytes;
}

class MemoryAssignment final : public Assignment {
 public:
  explicit MemoryAssignment(std::vector<Place> places)
      : places_(std::move(places)), strings_(places_.size()) {}

  bool fills_in_place() const override { return true; }
  MutableBytes buffer(size_t i) override { return BytesAt(places_[i]); }
  void SetStrings(size_t i, StringTensor value) override { strings_[i] = std::move(value); }

  Status Commit() override {
    for (size_t i = 0; i < places_.size(); ++i) CAIRN_RETURN_IF_ERROR(CheckStrings(i));
    for (size_t i = 0; i < places_.size(); ++i) StoreStrings(i);
    return {};
  }

 private:
  Status CheckStrings(size_t i) const {
    if (!strings_[i]) return {};
    const auto target = StringsAt(places_[i]);
    if (!target) return Status(Reason::kArgument, "strings were given for a variable of numbers");
    const size_t expected = target->size();
    if (strings_[i]->size() == expected) return {};
    return Status(Reason::kArgument, std::to_string(strings_[i]->size()) +
                                         " strings for a variable of " + std::to_string(expected));
  }

  void StoreStrings(size_t i) {
    if (!strings_[i]) return;
    const std::span<std::string> target = *StringsAt(places_[i]);
    for (size_t k = 0; k < strings_[i]->size(); ++k) target[k] = (*strings_[i])[k];
  }

  std::vector<Place> places_;
  std::vector<std::optional<StringTensor>> strings_;  // has one element for each of places_
};

Status CheckName(const std::string& name) {
  if (name.empty()) return Status(Reason::kArgument, "a variable without a name");
  if (name.ends_with(":0")) {
    return Status(Reason::kArgument, Quoted(name) + " is a tensor's name, not a variable's")
        .WithHint("leave ':0' out; in a checkpoint both forms are found");
  }
  return {};
}

Status WrongSize(const std::string& name, DType dtype, std::span<const int64_t> dims,
                 uint64_t needed, uint64_t given) {
  const std::string_view unit = dtype == DType::kString ? " strings" : " bytes";
  return Status(Reason::kArgument, "variable " + Quoted(name) + ": " + std::string(Name(dtype)) +
                                       ToString(dims) + " needs " + std::to_string(needed) +
                                       std::string(unit) + ", its array has " +
                                       std::to_string(given));
}

// The dims come from the caller, never from a file, so that every error is kArgument.
Result<uint64_t> ElementsOf(const std::string& name, std::span<const int64_t> dims) {
  const Result<uint64_t> count = NumElements(dims);
  if (count.ok()) return *count;
  return Status(Reason::kArgument,
                "variable " + Quoted(name) + ": " + std::string(count.status().message()));
}

}  // namespace

Status MemorySession::Add(std::string name, DType dtype, MutableBytes bytes, Dims dims,
                          Collections collections) {
  if (ElementNbytes(dtype) == 0) {
    return Status(Reason::kArgument, "variable " + Quoted(name) +
                                         ": a program's memory cannot hold " +
                                         std::string(Name(dtype)));
  }
  const auto shape = dims.values();
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, ElementsOf(name, shape));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(dtype, num_elements));
  if (nbytes != bytes.size()) return WrongSize(name, dtype, shape, nbytes, bytes.size());
  return AddPlace({std::move(name), dtype, {shape.begin(), shape.end()}, collections}, bytes);
}

Status MemorySession::Add(std::string name, std::vector<std::string>& values, Dims dims,
                          Collections collections) {
  return AddStrings(std::move(name), &values, dims, collections);
}

Status MemorySession::Add(std::string name, std::string& value, Collections collections) {
  return AddStrings(std::move(name), &value, {}, collections);
}

Status MemorySession::Add(std::string name, std::string& value, std::initializer_list<int64_t> dims,
                          Collections collections) {
  return AddStrings(std::move(name), &value, dims, collections);
}

Status MemorySession::AddStrings(std::string name, Place place, Dims dims,
                                 Collections collections) {
  const auto shape = dims.values();
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, ElementsOf(name, shape));
  const size_t num_strings = StringsAt(place)->size();
  if (num_elements != num_strings) {
    return WrongSize(name, DType::kString, shape, num_elements, num_strings);
  }
  return AddPlace({std::move(name), DType::kString, {shape.begin(), shape.end()}, collections},
                  place);
}

Status MemorySession::AddPlace(Variable variable, Place place) {
  CAIRN_RETURN_IF_ERROR(CheckName(variable.name));
  if (!names_.insert(variable.name).second) {
    return Status(Reason::kArgument, "two variables are named " + Quoted(variable.name));
  }
  variables_.push_back(std::move(variable));
  places_.push_back(place);
  return {};
}

Result<std::unique_ptr<Assignment>> MemorySession::Begin(std::span<const NewValue> values) {
  CAIRN_RETURN_IF_ERROR(CheckNewValues(values, variables_));
  std::vector<Place> places;
  for (const NewValue& value : values) places.push_back(places_[value.variable]);
  return std::unique_ptr<Assignment>(std::make_unique<MemoryAssignment>(std::move(places)));
}

Result<TensorDict> MemorySession::Snapshot(std::span<const VariableId> variables) {
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(variables, variables_));
  TensorDict::Builder builder;
  for (const VariableId id : variables) {
    const Variable& variable = variables_[id];
    const Place& place = places_[id];
    const auto strings = StringsAt(place);
    auto source = strings
                      ? MemorySource(variable.name, *strings, variable.dims)
                      : MemorySource(variable.name, variable.dtype, BytesAt(place), variable.dims);
    if (!source.ok()) return source.status().In(Quoted(variable.name));
    builder.Add(variable.name, *std::move(source));
  }
  return builder.Build();
}

}  // namespace cairn
