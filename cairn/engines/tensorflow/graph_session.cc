#include "cairn/engines/tensorflow/graph_session.h"

#include <charconv>

#include "cairn/core/escape.h"

namespace cairn::tensorflow {
namespace {

constexpr int kFirstReference = 100;  // the types of references are those of values, and this

Status ImportGraph(const CApi& api, TF_Graph* graph, Bytes graph_def) {
  const Owned<TF_ImportGraphDefOptions> options(api.TF_NewImportGraphDefOptions(),
                                                api.TF_DeleteImportGraphDefOptions);
  const TF_Buffer buffer = {graph_def.data(), graph_def.size(), nullptr};
  return Checked(api, [&](TF_Status* status) {
    api.TF_GraphImportGraphDef(graph, &buffer, options.get(), status);
  });
}

Result<TF_Session*> NewSession(const CApi& api, TF_Graph* graph, const std::string& config) {
  const Owned<TF_SessionOptions> options(api.TF_NewSessionOptions(), api.TF_DeleteSessionOptions);
  CAIRN_RETURN_IF_ERROR(Checked(api, [&](TF_Status* status) {
    api.TF_SetConfig(options.get(), config.data(), config.size(), status);
  }));
  TF_Session* session = nullptr;
  CAIRN_RETURN_IF_ERROR(Checked(
      api, [&](TF_Status* status) { session = api.TF_NewSession(graph, options.get(), status); }));
  return session;
}

struct OutputName {
  std::string node;
  int index = 0;
};

// "w:1" is output 1 of the node "w", and "w" its output 0. A name of a node has no colon.
OutputName ParseOutputName(const std::string& name) {
  const size_t colon = name.rfind(':');
  OutputName output = {.node = name.substr(0, colon)};
  if (colon == std::string::npos) return output;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + colon + 1, end, output.index);
  if (error != std::errc() || rest != end) output.index = -1;
  return output;
}

// Takes what a run fetched, also where it failed.
std::vector<Owned<TF_Tensor>> TakeAll(const CApi& api, std::span<TF_Tensor* const> tensors) {
  std::vector<Owned<TF_Tensor>> owned;
  for (TF_Tensor* tensor : tensors) owned.emplace_back(tensor, api.TF_DeleteTensor);
  return owned;
}

Result<std::vector<std::shared_ptr<RuntimeTensor>>> WrapAll(const std::shared_ptr<const CApi>& api,
                                                            std::vector<Owned<TF_Tensor>> tensors) {
  std::vector<std::shared_ptr<RuntimeTensor>> wrapped;
  for (Owned<TF_Tensor>& tensor : tensors) {
    CAIRN_ASSIGN_OR_RETURN(auto one, InProcessTensor::Wrap(api, std::move(tensor)));
    wrapped.push_back(std::move(one));
  }
  return wrapped;
}

}  // namespace

Result<std::unique_ptr<GraphSession>> GraphSession::Make(std::shared_ptr<const CApi> api,
                                                         Bytes graph_def,
                                                         const std::string& config) {
  Owned<TF_Graph> graph(api->TF_NewGraph(), api->TF_DeleteGraph);
  CAIRN_RETURN_IF_ERROR(ImportGraph(*api, graph.get(), graph_def));
  CAIRN_ASSIGN_OR_RETURN(TF_Session * session, NewSession(*api, graph.get(), config));
  return std::unique_ptr<GraphSession>(new GraphSession(std::move(api), std::move(graph), session));
}

GraphSession::~GraphSession() {
  // Nobody is left who could do something about an error.
  (void)Checked(*api_, [&](TF_Status* status) { api_->TF_CloseSession(session_, status); });
  (void)Checked(*api_, [&](TF_Status* status) { api_->TF_DeleteSession(session_, status); });
}

Result<TF_Operation*> GraphSession::FindOperation(const std::string& name) const {
  TF_Operation* operation = api_->TF_GraphOperationByName(graph_.get(), name.c_str());
  if (operation != nullptr) return operation;
  return Status(Reason::kArgument, "the graph has no node " + Quoted(name));
}

Result<TF_Output> GraphSession::FindOutput(const std::string& name) const {
  const OutputName parsed = ParseOutputName(name);
  CAIRN_ASSIGN_OR_RETURN(TF_Operation * operation, FindOperation(parsed.node));
  const int count = api_->TF_OperationNumOutputs(operation);
  if (parsed.index >= 0 && parsed.index < count) return TF_Output{operation, parsed.index};
  return Status(Reason::kArgument, "the graph has no output " + Quoted(name) + ": the node has " +
                                       std::to_string(count) + " outputs");
}

Status GraphSession::CheckHasValue(TF_Output output, const std::string& name) const {
  const int type = api_->TF_OperationOutputType(output) % kFirstReference;
  const auto dtype = DTypeFromCode(static_cast<uint64_t>(type));
  if (dtype != DType::kResource && dtype != DType::kVariant) return {};
  return Status(Reason::kArgument, "output " + Quoted(name) + " is a " + std::string(Name(*dtype)) +
                                       ", which has no value to fetch");
}

Result<std::vector<std::shared_ptr<RuntimeTensor>>> GraphSession::Run(
    std::span<const Feed> feeds, std::span<const std::string> fetches,
    std::span<const std::string> targets) {
  // TensorFlow calls it an error to run nothing.
  if (fetches.empty() && targets.empty()) return std::vector<std::shared_ptr<RuntimeTensor>>();

  std::vector<TF_Output> fed;
  std::vector<TF_Tensor*> values;
  for (const Feed& feed : feeds) {
    CAIRN_ASSIGN_OR_RETURN(const TF_Output output, FindOutput(feed.output));
    fed.push_back(output);
    values.push_back(static_cast<const InProcessTensor&>(*feed.tensor).get());
  }
  std::vector<TF_Output> outputs;
  for (const std::string& name : fetches) {
    CAIRN_ASSIGN_OR_RETURN(const TF_Output output, FindOutput(name));
    CAIRN_RETURN_IF_ERROR(CheckHasValue(output, name));
    outputs.push_back(output);
  }
  std::vector<const TF_Operation*> operations;
  for (const std::string& name : targets) {
    CAIRN_ASSIGN_OR_RETURN(const TF_Operation* operation, FindOperation(name));
    operations.push_back(operation);
  }

  std::vector<TF_Tensor*> fetched(outputs.size(), nullptr);
  const Status status = Checked(*api_, [&](TF_Status* error) {
    api_->TF_SessionRun(session_, nullptr, fed.data(), values.data(), static_cast<int>(fed.size()),
                        outputs.data(), fetched.data(), static_cast<int>(outputs.size()),
                        operations.data(), static_cast<int>(operations.size()), nullptr, error);
  });
  auto owned = TakeAll(*api_, fetched);
  CAIRN_RETURN_IF_ERROR(status);
  return WrapAll(api_, std::move(owned));
}

}  // namespace cairn::tensorflow
