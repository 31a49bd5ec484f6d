#include "cairn/compat/checkpoint_reader.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace {

bool IsUnprotected(const TensorDict& dict, size_t i) {
  const auto at = dict.stored_at(i);
  if (at && !at->checksum) return true;
  const auto slices = dict.stored_slices(i);
  return std::ranges::any_of(slices, [](const StoredSlice& slice) { return !slice.at.checksum; });
}

Result<LoadedTensor> Load(const std::shared_ptr<const TensorSource>& source, std::string_view name,
                          const TransferOptions& options) {
  LoadedTensor tensor{source->dtype(), source->shape(), nullptr, {}};
  if (ElementNbytes(tensor.dtype) == 0) {
    CAIRN_ASSIGN_OR_RETURN(tensor.strings, source->ReadStrings().InTensor(name));
    return tensor;
  }
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(tensor.dtype, tensor.shape.num_elements()));
  CAIRN_ASSIGN_OR_RETURN(tensor.memory, Arena::Make(nbytes).InTensor(name));
  const ReadJob job{source, tensor.memory->bytes()};
  CAIRN_RETURN_IF_ERROR(ReadAll({&job, 1}, options, {&name, 1}));
  return tensor;
}

// Only these have no place of their own.
bool HasPartitioned(const TensorDict& dict) {
  for (size_t i = 0; i < dict.size(); ++i) {
    if (!dict.stored_at(i)) return true;
  }
  return false;
}

std::string LineOf(const TensorInfo& info) {
  const std::string_view dtype =
      IsTensorFlowType(info.dtype) ? InfoOf(info.dtype).tf_name : Name(info.dtype);
  return std::string(info.name) + " (" + std::string(dtype) + ") " + ToString(info.dims);
}

}  // namespace

Result<CheckpointReader> CheckpointReader::Open(FileSystem& fs, std::string_view path,
                                                const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(Opened opened, OpenResolved(fs, path, options));
  TensorDict tensors = std::move(opened.dict);
  const bool is_v2 = opened.format->name == tf_bundle::kFormat.name;
  TensorDict slices;
  if (is_v2 && HasPartitioned(tensors)) {
    CAIRN_ASSIGN_OR_RETURN(slices, tf_bundle::OpenSlices(fs, opened.path, options));
  }
  return CheckpointReader(std::move(tensors), std::move(slices), is_v2);
}

bool CheckpointReader::HasTensor(std::string_view name) const {
  return tensors_.Find(name).has_value() || slices_.Find(name).has_value();
}

Result<std::shared_ptr<const TensorSource>> CheckpointReader::GetSource(
    std::string_view name) const {
  const auto slice = slices_.Find(name);
  const TensorDict& dict = slice ? slices_ : tensors_;
  const auto i = slice ? slice : tensors_.Find(name);
  if (!i) return tensors_.Get(name).status();
  if (is_v2_ && IsUnprotected(dict, *i)) {
    return Status(Reason::kCrc, "its entry has no checksum")
        .InTensor(name)
        .WithHint("cairn::Open reads it, unprotected");
  }
  return dict.source(*i);
}

Result<LoadedTensor> CheckpointReader::GetTensor(std::string_view name,
                                                 const TransferOptions& options) const {
  CAIRN_ASSIGN_OR_RETURN(const auto source, GetSource(name));
  return Load(source, name, options);
}

std::map<std::string, std::vector<int64_t>> CheckpointReader::GetVariableToShapeMap() const {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const TensorInfo& tensor : tensors_) {
    shapes.emplace_hint(shapes.end(), tensor.name,
                        std::vector<int64_t>(tensor.dims.begin(), tensor.dims.end()));
  }
  return shapes;
}

std::map<std::string, DType> CheckpointReader::GetVariableToDTypeMap() const {
  std::map<std::string, DType> dtypes;
  for (const TensorInfo& tensor : tensors_)
    dtypes.emplace_hint(dtypes.end(), tensor.name, tensor.dtype);
  return dtypes;
}

std::string CheckpointReader::DebugString() const {
  std::string text;
  // The keys of slices sort before every name.
  for (const TensorInfo& slice : slices_) text += LineOf(slice) + "\n";
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const size_t num_slices = tensors_.stored_slices(i).size();
    if (is_v2_ && num_slices > 0) continue;
    text += LineOf(tensors_.info(i));
    if (num_slices > 0) text += ", " + std::to_string(num_slices) + " slices";
    text += "\n";
  }
  return text;
}

}  // namespace cairn
