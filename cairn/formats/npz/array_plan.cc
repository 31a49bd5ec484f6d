#include "cairn/formats/npz/array_plan.h"

#include "cairn/codec/npy_header.h"
#include "cairn/codec/npy_strings.h"
#include "cairn/codec/zip/zip_directory.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/npz/npy_array.h"

namespace cairn::npz {
namespace {

constexpr size_t kMaxNumpyRank = 64;

// The strings of a tensor as the bytes of an array of one type.
class StringBytes final : public TensorSource {
 public:
  static Result<std::shared_ptr<const TensorSource>> Make(
      std::shared_ptr<const TensorSource> strings, uint64_t num_strings, NpyStringType type) {
    const auto nbytes = static_cast<int64_t>(num_strings * type.element_nbytes());
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make({nbytes}));
    return std::make_shared<const StringBytes>(std::move(strings), type, std::move(shape));
  }
  StringBytes(std::shared_ptr<const TensorSource> strings, NpyStringType type, Shape shape)
      : strings_(std::move(strings)), type_(type), shape_(std::move(shape)) {}

  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(auto strings, strings_->OpenStrings());
    return StreamNpyStrings(std::move(strings), type_);
  }

 private:
  std::shared_ptr<const TensorSource> strings_;
  NpyStringType type_;
  Shape shape_;
};

// Whether numpy's name for the elements is that of another dtype, or none.
bool NeedsNote(DType dtype) { return DTypeOfNpyDescr(NpyDescr(dtype)) != dtype; }

PlannedArray PlanNumbers(const TensorInfo& info, std::shared_ptr<const TensorSource> source) {
  PlannedArray array;
  array.header = EncodeNpyHeader(NpyDescr(info), info.dims);
  if (NeedsNote(info.dtype)) array.note = Name(info.dtype);
  array.value = std::move(source);
  return array;
}

Result<PlannedArray> PlanStrings(const TensorInfo& info,
                                 std::shared_ptr<const TensorSource> source) {
  CAIRN_ASSIGN_OR_RETURN(const auto strings, source->OpenStrings());
  CAIRN_ASSIGN_OR_RETURN(const NpyStringType type, ChooseNpyStringType(*strings, info.stored_as));
  PlannedArray array;
  array.header = EncodeNpyHeader(type.descr(), info.dims);
  const uint64_t num_elements = source->shape().num_elements();
  CAIRN_ASSIGN_OR_RETURN(array.value, StringBytes::Make(std::move(source), num_elements, type));
  return array;
}

Result<PlannedArray> PlanEntry(std::shared_ptr<const TensorSource> source) {
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings());
  const uint64_t nbytes = strings[0].size();
  PlannedArray array;
  array.note = Name(DType::kString);
  CAIRN_ASSIGN_OR_RETURN(array.value, StringBytes::Make(std::move(source), 1, {.width = nbytes}));
  array.header = EncodeNpyHeader(NpyDescr(DType::kUInt8), array.value->shape().dims());
  return array;
}

std::string ProblemWithName(std::string_view name) {
  if (!IsUtf8(name)) return "its name is not UTF-8";
  const Status status = CheckZipName(std::string(name) + std::string(kEnding));
  return status.ok() ? "" : std::string(status.message());
}

// "" where an array can hold it. Errors: those of reading strings.
Result<std::string> ProblemWithValue(const TensorDict& dict, size_t i) {
  const TensorInfo info = dict.info(i);
  if (KindOf(info.dtype) == DTypeKind::kOpaque) return std::string(Name(info.dtype));
  if (info.dims.size() > kMaxNumpyRank)
    return std::to_string(info.dims.size()) + " dimensions, numpy has 64 at most";
  if (info.dtype != DType::kString || IsBookkeepingText(info)) return std::string();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
  CAIRN_ASSIGN_OR_RETURN(const auto strings, source->OpenStrings());
  const Status type = ChooseNpyStringType(*strings, info.stored_as).status();
  if (type.ok()) return std::string();
  if (type.reason() != Reason::kUnsupported) return type;
  return std::string(type.message());
}

Result<std::string> ProblemWithMember(const TensorDict& dict, size_t i) {
  std::string problem = ProblemWithName(dict.name(i));
  if (!problem.empty()) return problem;
  return ProblemWithValue(dict, i);
}

Result<std::string> ProblemWithFile(const TensorDict& dict, size_t i) {
  CAIRN_ASSIGN_OR_RETURN(std::string problem, ProblemWithValue(dict, i));
  const DType dtype = dict.info(i).dtype;
  if (!problem.empty() || dtype == DType::kString) return problem;
  return NeedsNote(dtype) ? std::string(Name(dtype)) : std::string();
}

using FindProblem = Result<std::string> (*)(const TensorDict&, size_t);

Status CheckEach(const TensorDict& dict, std::string_view format, FindProblem find) {
  std::vector<std::string> problems;
  for (size_t i = 0; i < dict.size(); ++i) {
    auto problem = find(dict, i);
    if (!problem.ok()) return problem.status().InTensor(dict.name(i));
    problems.push_back(*std::move(problem));
  }
  return CheckEachCanBeHeld(dict, format, [&](size_t i) { return problems[i]; });
}

}  // namespace

Result<PlannedArray> PlanMember(const TensorDict& dict, size_t i) {
  if (!IsBookkeepingText(dict.info(i))) return PlanFile(dict, i);
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
  return PlanEntry(std::move(source));
}

Result<PlannedArray> PlanFile(const TensorDict& dict, size_t i) {
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
  if (source->dtype() == DType::kString) return PlanStrings(dict.info(i), std::move(source));
  return PlanNumbers(dict.info(i), std::move(source));
}

Status CheckMembers(const TensorDict& dict) { return CheckEach(dict, "npz", ProblemWithMember); }

Status CheckFile(const TensorDict& dict) {
  if (dict.size() != 1)
    return Status(Reason::kUnsupported,
                  "an .npy file holds one tensor, not " + std::to_string(dict.size()))
        .WithHint("Choose one tensor, or name a .npz file.");
  const Status status = CheckEach(dict, "npy", ProblemWithFile);
  if (status.ok() || !CheckMembers(dict).ok()) return status;
  return status.WithHint("name a .npz file, which has a place for its dtype");
}

}  // namespace cairn::npz
