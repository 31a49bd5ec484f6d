#include "cairn/engines/tensorflow/signature_call.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"

namespace cairn::tensorflow {
namespace {

constexpr std::string_view kDefaultSignature = "serving_default";

template <typename Named>
std::vector<std::string> NamesOfAll(std::span<const Named> all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.emplace_back(one.name);
  return names;
}

Result<const Signature*> FindSignatureToCall(const MetaGraph& graph, const std::string& name) {
  const std::string_view wanted = name.empty() ? kDefaultSignature : std::string_view(name);
  const Signature* const found = graph.FindSignature(wanted);
  if (found != nullptr) return found;
  const Status error(Reason::kArgument, "the graph has no signature " + Quoted(wanted));
  if (graph.signatures().empty())
    return error.WithHint("it has none; run it by names of its nodes");
  return error.WithHint(ListNames("name one of", NamesOfAll(graph.signatures())));
}

Result<std::string> TensorOf(const SignatureTensor& tensor) {
  if (tensor.tensors.size() == 1) return std::string(tensor.tensors[0]);
  return Status(Reason::kUnsupported,
                Quoted(tensor.name) + " is a sparse or composite tensor; only plain ones are run");
}

Status CheckInput(const SignatureTensor& expected, const TensorInfo& given) {
  if (expected.dtype && *expected.dtype != given.dtype) {
    return Status(Reason::kArgument, "input " + Quoted(given.name) + " takes " +
                                         std::string(Name(*expected.dtype)) + ", not " +
                                         std::string(Name(given.dtype)));
  }
  const bool fits = !expected.has_known_rank ||
                    std::ranges::equal(expected.dims, given.dims,
                                       [](int64_t a, int64_t b) { return a == b || a < 0; });
  if (fits) return {};
  return Status(Reason::kArgument, "input " + Quoted(given.name) + " takes the shape " +
                                       ToString(expected.dims) + ", not " + ToString(given.dims));
}

Status CheckNoOtherInputs(const Signature& signature, const TensorDict& inputs) {
  for (const TensorInfo& given : inputs) {
    const bool is_known = std::ranges::find(signature.inputs, given.name, &SignatureTensor::name) !=
                          signature.inputs.end();
    if (is_known) continue;
    return Status(Reason::kArgument,
                  "signature " + Quoted(signature.name) + " has no input " + Quoted(given.name))
        .WithHint(ListNames("name one of",
                            NamesOfAll(std::span<const SignatureTensor>(signature.inputs))));
  }
  return {};
}

Status AddInputs(const Signature& signature, const TensorDict& inputs, GraphCall& call) {
  CAIRN_RETURN_IF_ERROR(CheckNoOtherInputs(signature, inputs));
  for (const SignatureTensor& input : signature.inputs) {
    const auto given = inputs.Find(input.name);
    if (!given) {
      return Status(Reason::kArgument, "signature " + Quoted(signature.name) + " needs the input " +
                                           Quoted(input.name));
    }
    CAIRN_RETURN_IF_ERROR(CheckInput(input, inputs.info(*given)));
    CAIRN_ASSIGN_OR_RETURN(std::string output, TensorOf(input));
    CAIRN_ASSIGN_OR_RETURN(auto source, inputs.source(*given));
    call.feeds.push_back({std::move(output), std::string(input.name), std::move(source)});
  }
  return {};
}

// An output without a dtype is an op, such as that which initializes tables.
Status AddOutputs(const MetaGraph& graph, const Signature& signature, GraphCall& call) {
  for (const SignatureTensor& output : signature.outputs) {
    CAIRN_ASSIGN_OR_RETURN(std::string name, TensorOf(output));
    CAIRN_RETURN_IF_ERROR(CheckNode(graph, name));
    if (name.find(':') == name.npos) {
      call.targets.push_back(std::move(name));
      continue;
    }
    call.fetches.push_back(std::move(name));
    call.names.emplace_back(output.name);
  }
  return {};
}

}  // namespace

Result<GraphCall> MakeSignatureCall(const MetaGraph& graph, const std::string& name,
                                    const TensorDict& inputs) {
  CAIRN_ASSIGN_OR_RETURN(const Signature* const signature, FindSignatureToCall(graph, name));
  GraphCall call;
  CAIRN_RETURN_IF_ERROR(AddInputs(*signature, inputs, call));
  CAIRN_RETURN_IF_ERROR(AddOutputs(graph, *signature, call));
  return call;
}

}  // namespace cairn::tensorflow
