#include "cairn/engines/torch/torch_session.h"

#include <ATen/Functions.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/engines/torch/catch_torch.h"
#include "cairn/engines/torch/torch_place.h"
#include "cairn/session/check_values.h"
#include "cairn/session/memory_source.h"

namespace cairn {
namespace {

MutableBytes BytesOf(const at::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

// The value of a variable as a source, which keeps the tensor.
Result<std::shared_ptr<const TensorSource>> SourceOfPlace(const TorchPlace& place) {
  struct Held {
    at::Tensor tensor;
    std::shared_ptr<const TensorSource> source;
  };
  const Variable& variable = place.variable();
  auto held = std::make_shared<Held>();
  held->tensor = place.Read();
  CAIRN_ASSIGN_OR_RETURN(held->source,
                         MemorySource(variable.name, variable.dtype, BytesOf(held->tensor),
                                      held->tensor.sizes().vec()));
  const TensorSource* const source = held->source.get();
  return std::shared_ptr<const TensorSource>(std::move(held), source);
}

bool IsSame(const Variable& a, const Variable& b) {
  return a.name == b.name && a.dtype == b.dtype && a.dims == b.dims;
}

// "'fc.weight' float32[2,3]"; the dims of the optimizer's tensors can change, and are left out.
std::string NameAndType(const Variable& variable) {
  return Quoted(variable.name) + " " + std::string(Name(variable.dtype)) +
         (variable.has_known_rank ? ToString(variable.dims) : "");
}

// Describes the variable at a position for messages.
std::string DescribeAt(size_t i, std::span<const Variable> variables) {
  return i < variables.size() ? NameAndType(variables[i]) : "nothing";
}

Status CheckUnchanged(std::span<const Variable> before, std::span<const Variable> now) {
  const auto [first, other] = std::ranges::mismatch(before, now, IsSame);
  if (first == before.end() && other == now.end()) return {};
  const size_t i = first - before.begin();
  return Status(Reason::kArgument,
                "the module or the optimizer is another than the session was made of: variable " +
                    std::to_string(i) + " was " + DescribeAt(i, before) + ", and is " +
                    DescribeAt(i, now))
      .WithHint("make a new session for the module and the optimizer as they are now");
}

Status CheckDimsOfState(const TorchPlace& place, std::span<const int64_t> dims) {
  const bool says_absent = dims.size() == 1 && dims[0] == 0;
  if (place.may_be_absent() && says_absent) return {};
  if (std::ranges::equal(dims, place.dims())) return {};
  return Status(Reason::kArgument, "variable " + Quoted(place.variable().name) + " has the shape " +
                                       ToString(place.dims()) + ", not " + ToString(dims));
}

class TorchAssignment final : public Assignment {
 public:
  // Takes the place of a value, and finds memory for it.
  void Add(std::unique_ptr<TorchPlace> place, std::span<const int64_t> dims) {
    const at::Tensor tensor = place->tensor();
    const bool is_in_place = CanFillInPlace(tensor, dims);
    at::Tensor buffer = tensor;
    if (!is_in_place) {
      const at::Tensor like = tensor.defined() ? tensor : place->Read();
      buffer = at::empty(std::vector<int64_t>(dims.begin(), dims.end()),
                         like.options().requires_grad(false));
    }
    values_.push_back({std::move(place), std::move(buffer), is_in_place});
  }

  bool fills_in_place() const override { return std::ranges::any_of(values_, &Value::is_in_place); }
  MutableBytes buffer(size_t i) override { return BytesOf(values_[i].buffer); }
  void SetStrings(size_t i, StringTensor /*strings*/) override {
    error_ = Status(Reason::kArgument, "strings were given for variable " +
                                           Quoted(values_[i].place->variable().name) +
                                           ", which holds numbers");
  }

  Status Commit() override {
    CAIRN_RETURN_IF_ERROR(error_);
    return CatchTorch([&]() -> Status {
      for (Value& value : values_) {
        if (!value.is_in_place) value.place->Write(value.buffer);
      }
      return {};
    });
  }

 private:
  struct Value {
    std::unique_ptr<TorchPlace> place;
    at::Tensor buffer;
    bool is_in_place;
  };

  // Threads may fill two buffers at once, so that each memory is the buffer of one value only.
  bool CanFillInPlace(const at::Tensor& tensor, std::span<const int64_t> dims) {
    return tensor.defined() && tensor.is_contiguous() && !tensor.is_conj() && !tensor.is_neg() &&
           std::ranges::equal(tensor.sizes(), dims) &&
           storages_.insert(tensor.storage().unsafeGetStorageImpl()).second;
  }

  std::vector<Value> values_;
  std::set<const void*> storages_;  // of the values that are filled in place
  Status error_;                    // of SetStrings
};

std::vector<Variable> VariablesOf(const TorchPlaces& places) {
  std::vector<Variable> variables;
  for (const auto& place : places) variables.push_back(place->variable());
  return variables;
}

Result<TorchPlaces> ListSamePlaces(const torch::nn::Module& module,
                                   torch::optim::Optimizer* optimizer,
                                   std::span<const Variable> variables) {
  CAIRN_ASSIGN_OR_RETURN(TorchPlaces places, ListPlaces(module, optimizer));
  CAIRN_RETURN_IF_ERROR(CheckUnchanged(variables, VariablesOf(places)));
  return places;
}

}  // namespace

Result<std::unique_ptr<TorchSession>> TorchSession::Make(torch::nn::Module& module,
                                                         torch::optim::Optimizer* optimizer) {
  return CatchTorch([&]() -> Result<std::unique_ptr<TorchSession>> {
    CAIRN_ASSIGN_OR_RETURN(const TorchPlaces places, ListPlaces(module, optimizer));
    std::unique_ptr<TorchSession> session(new TorchSession(module, optimizer));
    session->variables_ = VariablesOf(places);
    return session;
  });
}

Result<std::unique_ptr<Assignment>> TorchSession::Begin(std::span<const NewValue> values) {
  CAIRN_RETURN_IF_ERROR(CheckNewValues(values, variables_));
  return CatchTorch([&]() -> Result<std::unique_ptr<Assignment>> {
    CAIRN_ASSIGN_OR_RETURN(TorchPlaces places, ListSamePlaces(module_, optimizer_, variables_));
    for (const NewValue& value : values)
      CAIRN_RETURN_IF_ERROR(CheckDimsOfState(*places[value.variable], value.dims));
    auto assignment = std::make_unique<TorchAssignment>();
    for (const NewValue& value : values)
      assignment->Add(std::move(places[value.variable]), value.dims);
    return std::unique_ptr<Assignment>(std::move(assignment));
  });
}

Result<TensorDict> TorchSession::Snapshot(std::span<const VariableId> variables) {
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(variables, variables_));
  return CatchTorch([&]() -> Result<TensorDict> {
    CAIRN_ASSIGN_OR_RETURN(const TorchPlaces places,
                           ListSamePlaces(module_, optimizer_, variables_));
    TensorDict::Builder builder;
    for (const VariableId id : variables) {
      CAIRN_ASSIGN_OR_RETURN(auto source, SourceOfPlace(*places[id]));
      builder.Add(variables_[id].name, std::move(source));
    }
    return builder.Build();
  });
}

}  // namespace cairn
