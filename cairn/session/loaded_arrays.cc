#include "cairn/session/loaded_arrays.h"

#include "cairn/core/allocate.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/variable_names.h"
#include "cairn/transfer/read_into_arena.h"
#include "cairn/transform/prune_dict.h"

namespace cairn {
namespace {

// Whether the entry holds the value of a variable. Where a dict has `w` and `w:0`, the second does,
// as in a restore.
bool HoldsVariable(const TensorDict& dict, std::string_view entry) {
  if (IsBookkeepingEntry(entry)) return false;
  return entry.ends_with(":0") || !dict.Find(std::string(entry) + ":0");
}

Status CheckCanBeVariable(const TensorInfo& info) {
  const std::string_view name = VariableOfEntry(info.name);
  if (name.empty() || name.ends_with(":0")) {
    return Status(Reason::kUnsupported, "its name cannot be that of a variable")
        .InTensor(info.name)
        .WithHint("give it another name with Rename, or leave it out");
  }
  if (info.is_readable() && ElementNbytes(info.dtype) == 0 && info.dtype != DType::kString) {
    return Status(Reason::kUnsupported,
                  "is " + std::string(Name(info.dtype)) + ", which an array cannot hold")
        .InTensor(info.name)
        .WithHint("leave it out with Rename and its `exclude`");
  }
  return {};
}

Result<std::vector<std::string>> ReadAllStrings(const TensorSource& source) {
  CAIRN_RETURN_IF_ERROR(source.CheckCanBeHeld());
  CAIRN_ASSIGN_OR_RETURN(const StringTensor tensor, source.ReadStrings());
  std::vector<std::string> strings;
  const uint64_t nbytes = tensor.size() * sizeof(std::string) + tensor.total_nbytes();
  CAIRN_RETURN_IF_ERROR(internal::Allocate(nbytes, [&] {
    strings.reserve(tensor.size());
    for (size_t i = 0; i < tensor.size(); ++i) strings.emplace_back(tensor[i]);
  }));
  return strings;
}

Status IsAnotherDType(std::string_view name, DType dtype, std::string_view asked) {
  return Status(Reason::kMismatch, "is " + std::string(Name(dtype)) + ", not " + std::string(asked))
      .InTensor(name)
      .WithHint(dtype == DType::kString ? "ask for its strings" : "");
}

}  // namespace

// Fills a LoadedArrays from a dict.
class ArrayLoader {
 public:
  ArrayLoader(const TensorDict& dict, const TransferOptions& options)
      : dict_(dict), options_(options), arrays_(new LoadedArrays) {}

  Result<std::unique_ptr<LoadedArrays>> Load() {
    CAIRN_RETURN_IF_ERROR(FindVariables());
    CAIRN_ASSIGN_OR_RETURN(const PrunedTensors model, DropTrainingState(dict_));
    CAIRN_RETURN_IF_ERROR(ReadNumbers());
    CAIRN_RETURN_IF_ERROR(ReadStrings());
    CAIRN_RETURN_IF_ERROR(AddVariables(model.dict));
    return std::move(arrays_);
  }

 private:
  Status FindVariables() {
    for (size_t i = 0; i < dict_.size(); ++i) {
      if (!HoldsVariable(dict_, dict_.name(i))) continue;
      CAIRN_RETURN_IF_ERROR(CheckCanBeVariable(dict_.info(i)));
      CAIRN_ASSIGN_OR_RETURN(auto source, dict_.source(i).InTensor(dict_.name(i)));
      names_.push_back(dict_.name(i));
      sources_.push_back(std::move(source));
    }
    arrays_->values_.resize(sources_.size());
    return {};
  }

  bool IsString(size_t i) const { return sources_[i]->dtype() == DType::kString; }

  Status ReadNumbers() {
    std::vector<size_t> numeric;
    std::vector<std::shared_ptr<const TensorSource>> sources;
    std::vector<std::string_view> names;
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (IsString(i)) continue;
      numeric.push_back(i);
      sources.push_back(sources_[i]);
      names.push_back(names_[i]);
    }
    CAIRN_ASSIGN_OR_RETURN(ArenaValues loaded, ReadIntoArena(sources, names, options_));
    arrays_->arena_ = std::move(loaded.arena);
    for (size_t k = 0; k < numeric.size(); ++k) {
      arrays_->values_[numeric[k]].bytes = loaded.values[k];
    }
    return {};
  }

  Status ReadStrings() {
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (!IsString(i)) continue;
      CAIRN_ASSIGN_OR_RETURN(auto strings, ReadAllStrings(*sources_[i]).InTensor(names_[i]));
      arrays_->values_[i].strings = &arrays_->strings_.emplace_back(std::move(strings));
    }
    return {};
  }

  // The tensors of `model` are those that are not training state.
  Status AddVariables(const TensorDict& model) {
    for (size_t i = 0; i < sources_.size(); ++i) {
      const DType dtype = sources_[i]->dtype();
      const DTypeKind kind = KindOf(dtype);
      const bool is_real = kind == DTypeKind::kFloat || kind == DTypeKind::kComplex;
      const Collections collections = {.trainable = is_real && model.Find(names_[i])};
      const std::string name(VariableOfEntry(names_[i]));
      const auto dims = sources_[i]->shape().dims();
      const LoadedArrays::Value& value = arrays_->values_[i];
      CAIRN_RETURN_IF_ERROR(
          IsString(i) ? arrays_->session_.Add(name, *value.strings, dims, collections)
                      : arrays_->session_.Add(name, dtype, value.bytes, dims, collections));
    }
    return {};
  }

  const TensorDict& dict_;
  const TransferOptions& options_;
  std::unique_ptr<LoadedArrays> arrays_;
  // The tensors that hold variables, in the order of the dict.
  std::vector<std::string_view> names_;
  std::vector<std::shared_ptr<const TensorSource>> sources_;
};

Result<std::unique_ptr<LoadedArrays>> LoadArrays(const TensorDict& dict,
                                                 const TransferOptions& options) {
  return ArrayLoader(dict, options).Load();
}

Result<VariableId> LoadedArrays::Find(std::string_view name) const {
  return session_.Find(VariableOfEntry(name));
}

Result<MutableBytes> LoadedArrays::BytesOf(std::string_view name,
                                           std::optional<DType> asked) const {
  CAIRN_ASSIGN_OR_RETURN(const VariableId id, Find(name));
  const DType dtype = variables()[id].dtype;
  if (dtype != DType::kString && IsReadAs(dtype, asked)) return values_[id].bytes;
  return IsAnotherDType(name, dtype, asked ? Name(*asked) : "numbers");
}

Result<std::vector<std::string>*> LoadedArrays::StringsOf(std::string_view name) const {
  CAIRN_ASSIGN_OR_RETURN(const VariableId id, Find(name));
  if (values_[id].strings != nullptr) return values_[id].strings;
  return IsAnotherDType(name, variables()[id].dtype, Name(DType::kString));
}

Result<std::span<std::string>> LoadedArrays::strings(std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<std::string>* const found, StringsOf(name));
  return std::span<std::string>(*found);
}

Result<std::span<const std::string>> LoadedArrays::strings(std::string_view name) const {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string>* const found, StringsOf(name));
  return std::span<const std::string>(*found);
}

Result<std::span<const int64_t>> LoadedArrays::dims(std::string_view name) const {
  CAIRN_ASSIGN_OR_RETURN(const VariableId id, Find(name));
  return std::span<const int64_t>(variables()[id].dims);
}

}  // namespace cairn
