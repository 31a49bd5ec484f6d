#include "cairn/cairn.h"

#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace internal {
namespace {

// The error of a tensor that ViewTensor cannot show.
Status CannotView(std::string_view name, const std::string& why) {
  return Status(Reason::kArgument, "cannot be viewed: " + why)
      .InTensor(name)
      .WithHint("read it into a vector with ReadTensor");
}

bool IsRealFloat(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

bool IsAligned(const std::byte* address, size_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

Status CheckOnce(const std::shared_ptr<const TensorSource>& source,
                 const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll({&source, 1}, options));
  return checked.front().error;
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> GetAs(const TensorDict& dict, std::string_view name,
                                                  std::optional<DType> asked) {
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.Get(name));
  const DType dtype = source->dtype();
  if (ElementNbytes(dtype) == 0) {
    return Status(Reason::kMismatch,
                  "is " + std::string(Name(dtype)) + ", whose elements have no fixed size")
        .InTensor(name)
        .WithHint(dtype == DType::kString ? "read it with ReadStrings" : "");
  }
  if (IsReadAs(dtype, asked)) return source;
  return Status(Reason::kMismatch,
                "is " + std::string(Name(dtype)) + ", not " + std::string(Name(*asked)))
      .InTensor(name)
      .WithHint(IsRealFloat(*asked) && KindOf(dtype) != DTypeKind::kComplex
                    ? "convert it with ReadTensorAs"
                    : "");
}

Status ReadInto(std::shared_ptr<const TensorSource> source, std::string_view name, MutableBytes out,
                const TransferOptions& options) {
  if (source->nbytes() != out.size()) {
    return Status(Reason::kArgument, "has " + std::to_string(source->nbytes()) +
                                         " bytes, the memory it is read into " +
                                         std::to_string(out.size()))
        .InTensor(name);
  }
  const ReadJob job{std::move(source), out};
  return ReadAll({&job, 1}, options, {&name, 1});
}

Result<MappedValue> MapAs(const TensorDict& dict, std::string_view name, std::optional<DType> asked,
                          size_t alignment, const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const auto source, GetAs(dict, name, asked));
  const std::optional<Extent> extent = source->extent();
  if (!extent) return CannotView(name, "its stored bytes are not its value");
  if (extent->nbytes == 0) return MappedValue{extent->file, {}, source->shape()};
  const Bytes mapped = extent->file->mapped();
  if (mapped.empty()) return CannotView(name, extent->file->path() + " is not mapped");
  const Bytes bytes = mapped.subspan(extent->offset, extent->nbytes);
  if (!IsAligned(bytes.data(), alignment)) {
    return CannotView(name, "it begins at byte " + std::to_string(extent->offset) + " of " +
                                extent->file->path() + ", which is not a multiple of " +
                                std::to_string(alignment));
  }
  if (options.verify) CAIRN_RETURN_IF_ERROR(CheckOnce(source, options).InTensor(name));
  return MappedValue{extent->file, bytes, source->shape()};
}

}  // namespace internal

Result<TensorDict> Open(std::string_view path, const OpenOptions& options) {
  return Open(LocalFileSystem(), path, options);
}

Result<std::vector<std::string>> ReadStrings(const TensorDict& dict, std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.Get(name));
  if (source->dtype() != DType::kString) {
    return Status(Reason::kMismatch, "is " + std::string(Name(source->dtype())) + ", not string")
        .InTensor(name);
  }
  CAIRN_ASSIGN_OR_RETURN(const StringTensor value, source->ReadStrings().InTensor(name));
  std::vector<std::string> strings;
  for (size_t i = 0; i < value.size(); ++i) strings.emplace_back(value[i]);
  return strings;
}

Result<RestorePlan> Restore(Session& session, std::string_view path, const RestoreRules& rules,
                            const TransferOptions& options) {
  return SaverRestore(std::string(path), rules).Init(session, options);
}

Result<std::unique_ptr<SessionInit>> GetModelLoader(const ModelArgument& argument,
                                                    bool ignore_mismatch) {
  return SmartInit(LocalFileSystem(), argument, ignore_mismatch);
}

Result<std::unique_ptr<LoadedArrays>> LoadArrays(std::string_view path,
                                                 const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(path));
  return LoadArrays(dict, options);
}

Result<SaveReport> Save(std::string_view path, const TensorDict& dict, const SaveOptions& options) {
  return Save(LocalFileSystem(), path, dict, options);
}

Result<SaveReport> SaveArrays(std::string_view path, const std::map<std::string, Array>& arrays,
                              const SaveOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, DictOf(arrays));
  return Save(path, dict, options);
}

Result<SaveReport> SaveSession(std::string_view path, Session& session,
                               const SaveOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, session.Snapshot(SavedVariables(session)));
  return Save(path, dict, options);
}

Result<VerifyReport> Verify(std::string_view path, const VerifyOptions& options) {
  return Verify(LocalFileSystem(), path, options);
}

}  // namespace cairn
