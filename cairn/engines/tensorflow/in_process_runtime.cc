#include "cairn/engines/tensorflow/in_process_runtime.h"

#include "cairn/codec/protobuf.h"
#include "cairn/engines/tensorflow/in_process_tensor.h"
#include "cairn/engines/tensorflow/self_check.h"
#include "cairn/engines/tensorflow/session_config.h"

namespace cairn::tensorflow {
namespace {

Status LoadOps(const CApi& api, const std::string& path) {
  Owned<TF_Library> library(nullptr, api.TF_DeleteLibraryHandle);
  return Checked(
             api,
             [&](TF_Status* status) { library.reset(api.TF_LoadLibrary(path.c_str(), status)); })
      .AtPath(path);
}

// OpDef: 1 name.
Result<std::string> ParseOpName(Bytes op_def) {
  std::string name;
  CAIRN_RETURN_IF_ERROR(ForEachField(op_def, "OpDef", [&](protozero::pbf_reader& field) -> Status {
    if (field.tag() != 1) {
      field.skip();
      return {};
    }
    if (field.wire_type() != protozero::pbf_wire_type::length_delimited)
      return WrongWireType(field, "OpDef");
    name = field.get_string();
    return {};
  }));
  return name;
}

// OpList: 1 op.
Result<std::vector<std::string>> ParseOpNames(Bytes op_list) {
  std::vector<std::string> names;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(op_list, "OpList", [&](protozero::pbf_reader& field) -> Status {
        if (field.tag() != 1 || field.wire_type() != protozero::pbf_wire_type::length_delimited)
          return WrongWireType(field, "OpList");
        CAIRN_ASSIGN_OR_RETURN(std::string name, ParseOpName(BytesOf(field.get_view())));
        names.push_back(std::move(name));
        return {};
      }));
  return names;
}

}  // namespace

Result<std::unique_ptr<InProcessRuntime>> InProcessRuntime::Open(const std::string& directory,
                                                                 const TensorFlowOptions& options,
                                                                 LoadMessages messages) {
  CAIRN_ASSIGN_OR_RETURN(auto api, OpenTensorFlow(directory, messages));
  const std::string config = SessionConfig(options);
  CAIRN_RETURN_IF_ERROR(RunSelfCheck(api, config).AtPath(directory));
  for (const std::string& path : options.op_libraries) CAIRN_RETURN_IF_ERROR(LoadOps(*api, path));
  return std::unique_ptr<InProcessRuntime>(new InProcessRuntime(std::move(api), directory, config));
}

Result<std::vector<std::string>> InProcessRuntime::KnownOps() {
  const Owned<TF_Buffer> list(api_->TF_GetAllOpList(), api_->TF_DeleteBuffer);
  const auto names = ParseOpNames({static_cast<const std::byte*>(list->data), list->length});
  if (names.ok()) return names;
  return Status(Reason::kEngine,
                "TensorFlow's list of ops is malformed: " + std::string(names.status().text()));
}

Status InProcessRuntime::Import(Bytes graph_def) {
  if (session_ != nullptr) return Status(Reason::kArgument, "a graph was imported before");
  CAIRN_ASSIGN_OR_RETURN(session_, GraphSession::Make(api_, graph_def, config_));
  return {};
}

Result<std::shared_ptr<RuntimeTensor>> InProcessRuntime::NewTensor(DType dtype,
                                                                   std::span<const int64_t> dims) {
  return InProcessTensor::Allocate(api_, dtype, dims);
}

Result<std::shared_ptr<RuntimeTensor>> InProcessRuntime::NewStrings(StringTensor value,
                                                                    std::span<const int64_t> dims) {
  return InProcessTensor::OfStrings(api_, std::move(value), dims);
}

Result<std::vector<std::shared_ptr<RuntimeTensor>>> InProcessRuntime::Run(
    std::span<const Feed> feeds, std::span<const std::string> fetches,
    std::span<const std::string> targets) {
  if (session_ == nullptr) return Status(Reason::kArgument, "no graph was imported");
  return session_->Run(feeds, fetches, targets);
}

}  // namespace cairn::tensorflow
