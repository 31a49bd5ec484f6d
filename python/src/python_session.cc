#include "python/src/python_session.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <set>

#include "cairn/core/escape.h"
#include "cairn/session/check_values.h"
#include "cairn/session/memory_source.h"
#include "python/src/names.h"
#include "python/src/python_assignment.h"
#include "python/src/python_buffer.h"
#include "python/src/shared_array.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

Status WrongVariable(const std::string& name, const std::string& what) {
  return Status(Reason::kArgument, "variable " + Quoted(name) + ": " + what);
}

Collections CollectionsOf(const std::string& role) {
  return {.trainable = role == "trainable", .model = role == "model", .local = role == "local"};
}

// Shows shared memory as a tensor, which keeps the memory.
Result<std::shared_ptr<const TensorSource>> SourceOfShared(const Variable& variable,
                                                           const Memory& memory) {
  struct Held {
    std::shared_ptr<const void> owner;
    std::shared_ptr<const TensorSource> source;
  };
  auto held = std::make_shared<Held>();
  held->owner = memory.owner;
  CAIRN_ASSIGN_OR_RETURN(
      held->source, MemorySource(variable.name, variable.dtype, memory.bytes(), variable.dims));
  const TensorSource* const source = held->source.get();
  return std::shared_ptr<const TensorSource>(std::move(held), source);
}

// Makes a tensor of a value that the adapter has read: (name, dtype, shape, data).
Result<std::shared_ptr<const TensorSource>> SourceOfRead(const nb::tuple& item,
                                                         const Variable& variable) {
  const auto dims = nb::cast<std::vector<int64_t>>(item[2]);
  if (!CanHave(variable, dims))
    return WrongVariable(variable.name, "its value has the shape " + ToString(dims) + ", not " +
                                            ToString(variable.dims));
  const auto dtype = nb::cast<std::string>(item[1]);
  if (dtype != Name(variable.dtype))
    return WrongVariable(variable.name,
                         "its value is " + dtype + ", not " + std::string(Name(variable.dtype)));
  if (nb::isinstance<nb::list>(item[3]))
    return SourceOfStrings(nb::borrow<nb::list>(item[3]), dims);
  return SourceOfBuffer(item[3], variable.dtype, dims);
}

}  // namespace

// ---- What there is

Status PythonSession::AddVariable(nb::handle item) const {
  const nb::tuple parts = nb::cast<nb::tuple>(item);
  Variable variable{.name = BytesOfName(parts[0])};
  const auto dtype_name = nb::cast<std::string>(parts[1]);
  const std::optional<DType> dtype = DTypeFromName(dtype_name);
  if (!dtype) return WrongVariable(variable.name, "no checkpoint holds elements of " + dtype_name);
  variable.dtype = *dtype;
  variable.has_known_rank = !parts[2].is_none();
  if (variable.has_known_rank) variable.dims = nb::cast<std::vector<int64_t>>(parts[2]);
  variable.collections = CollectionsOf(nb::cast<std::string>(parts[4]));
  std::optional<Memory> shared;
  if (!parts[3].is_none()) {
    shared = ShareArray(parts[3]);
    // It is checked here that the memory holds a value of these dims.
    CAIRN_RETURN_IF_ERROR(SourceOfShared(variable, *shared).status());
  }
  variables_.push_back(std::move(variable));
  shared_.push_back(std::move(shared));
  return {};
}

Status PythonSession::ListWithGil() const {
  const auto listed = nb::cast<nb::tuple>(adapter_.attr("list")());
  for (const nb::handle item : nb::cast<nb::list>(listed[0]))
    CAIRN_RETURN_IF_ERROR(AddVariable(item));
  texts_ = nb::cast<std::map<std::string, std::string>>(listed[1]);
  std::set<std::string_view> names;
  for (const Variable& variable : variables_) {
    if (!names.insert(variable.name).second)
      return Status(Reason::kArgument, "two variables are named " + Quoted(variable.name));
  }
  return {};
}

Status PythonSession::List() const {
  if (is_listed_) return list_error_;
  const nb::gil_scoped_acquire acquire;
  variables_.clear();
  shared_.clear();
  texts_.clear();
  list_error_ = errors_.Catch([&] { return ListWithGil(); });
  if (!list_error_.ok()) variables_.clear();
  is_listed_ = true;
  return list_error_;
}

std::span<const Variable> PythonSession::variables() const {
  (void)List();  // Begin and Snapshot return its error
  return variables_;
}

const std::map<std::string, std::string>& PythonSession::texts() const {
  (void)List();
  return texts_;
}

// ---- Values

Result<std::unique_ptr<Assignment>> PythonSession::Begin(std::span<const NewValue> values) {
  CAIRN_RETURN_IF_ERROR(List());
  CAIRN_RETURN_IF_ERROR(CheckNewValues(values, variables_));
  const nb::gil_scoped_acquire acquire;
  auto assignment = std::make_unique<PythonAssignment>(adapter_, errors_);
  for (const auto& [id, dims] : values) {
    if (shared_[id]) {
      assignment->AddInPlace(*shared_[id]);
    } else {
      CAIRN_RETURN_IF_ERROR(assignment->Add(variables_[id], dims));
    }
  }
  return std::unique_ptr<Assignment>(std::move(assignment));
}

Status PythonSession::AddShared(VariableId id, TensorDict::Builder& builder) const {
  CAIRN_ASSIGN_OR_RETURN(auto source, SourceOfShared(variables_[id], *shared_[id]));
  builder.Add(variables_[id].name, std::move(source));
  return {};
}

Status PythonSession::AddRead(std::span<const VariableId> ids, TensorDict::Builder& builder) const {
  if (ids.empty()) return {};
  const nb::gil_scoped_acquire acquire;
  return errors_.Catch([&]() -> Status {
    nb::list names;
    for (const VariableId id : ids) names.append(NameOf(variables_[id].name));
    const auto read = nb::cast<nb::list>(adapter_.attr("read")(names));
    if (read.size() != ids.size())
      return Status(Reason::kArgument, "the adapter has read " + std::to_string(read.size()) +
                                           " of " + std::to_string(ids.size()) + " variables");
    for (size_t i = 0; i < ids.size(); ++i) {
      const Variable& variable = variables_[ids[i]];
      CAIRN_ASSIGN_OR_RETURN(auto source, SourceOfRead(nb::cast<nb::tuple>(read[i]), variable));
      builder.Add(variable.name, std::move(source));
    }
    return {};
  });
}

Result<TensorDict> PythonSession::Snapshot(std::span<const VariableId> variables) {
  CAIRN_RETURN_IF_ERROR(List());
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(variables, variables_));
  TensorDict::Builder builder;
  std::vector<VariableId> to_read;
  for (const VariableId id : variables) {
    if (shared_[id]) {
      CAIRN_RETURN_IF_ERROR(AddShared(id, builder));
    } else {
      to_read.push_back(id);
    }
  }
  CAIRN_RETURN_IF_ERROR(AddRead(to_read, builder));
  return builder.Build();
}

Result<std::optional<std::string>> PythonSession::MetaGraph() const {
  const nb::gil_scoped_acquire acquire;
  return errors_.Catch([&]() -> Result<std::optional<std::string>> {
    const nb::object graph = adapter_.attr("metagraph")();
    if (graph.is_none()) return std::optional<std::string>();
    const auto bytes = nb::cast<nb::bytes>(graph);
    return std::optional(std::string(bytes.c_str(), bytes.size()));
  });
}

}  // namespace cairn::python
