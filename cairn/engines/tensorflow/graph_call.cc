#include "cairn/engines/tensorflow/graph_call.h"

#include <algorithm>
#include <set>

#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/transfer/read_all.h"

namespace cairn::tensorflow {
namespace {

const GraphNode* FindNode(const MetaGraph& graph, std::string_view name) {
  return IsControlInput(name) ? nullptr : graph.Find(name);
}

bool IsPlaceholder(std::string_view op) {
  return op == "Placeholder" || op == "PlaceholderV2" || op == "PlaceholderWithDefault";
}

Result<std::optional<DType>> DTypeOfNode(const GraphNode& node) {
  if (!IsPlaceholder(node.op) && node.op != "Const") return std::optional<DType>();
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, "dtype"));
  if (!attribute) return std::optional<DType>();
  return TypeOfAttribute(*attribute);
}

// Returns nothing where a value of any shape can be fed. A placeholder of an old graph has the
// shape of a scalar if its shape is not known.
Result<std::optional<std::vector<int64_t>>> DimsOfPlaceholder(const GraphNode& node) {
  std::optional<std::vector<int64_t>> none;
  if (!IsPlaceholder(node.op)) return none;
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, "shape"));
  if (!attribute) return none;
  CAIRN_ASSIGN_OR_RETURN(const auto shape, ShapeOfAttribute(*attribute));
  if (!shape) return none;
  std::vector<int64_t> dims;
  const Status parsed = ParseTensorShape(*shape, dims);
  if (parsed.reason() == Reason::kShape) return none;
  CAIRN_RETURN_IF_ERROR(parsed);
  return dims.empty() ? none : std::optional(std::move(dims));
}

Status CheckFeed(const GraphNode& node, DType dtype, std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(const auto expected, DTypeOfNode(node));
  if (expected && *expected != dtype) {
    return Status(Reason::kArgument, Quoted(node.name) + " takes " + std::string(Name(*expected)) +
                                         ", not " + std::string(Name(dtype)));
  }
  CAIRN_ASSIGN_OR_RETURN(const auto expected_dims, DimsOfPlaceholder(node));
  const bool fits =
      !expected_dims || std::ranges::equal(*expected_dims, dims,
                                           [](int64_t a, int64_t b) { return a == b || a < 0; });
  if (fits) return {};
  return Status(Reason::kArgument, Quoted(node.name) + " takes the shape " +
                                       ToString(*expected_dims) + ", not " + ToString(dims));
}

// "x" and "x:0" are one output.
std::string FullName(const std::string& output) {
  return output.find(':') == output.npos ? output + ":0" : output;
}

}  // namespace

Status CheckNode(const MetaGraph& graph, std::string_view name) {
  if (FindNode(graph, name) != nullptr) return {};
  const auto nodes = graph.nodes();
  return Status(Reason::kArgument, "the graph has no node " + Quoted(NodeNameOf(name)))
      .WithHint(DidYouMean(
          NearestNames(NodeNameOf(name), nodes.size(), [&](size_t i) { return nodes[i].name; })));
}

Result<GraphCall> MakeGraphCall(const MetaGraph& graph, const TensorDict& feeds,
                                const std::vector<std::string>& fetches,
                                const std::vector<std::string>& targets) {
  GraphCall call;
  for (const std::string& name : fetches) CAIRN_RETURN_IF_ERROR(CheckNode(graph, name));
  call.fetches = fetches;
  call.names = fetches;
  for (const std::string& name : targets) {
    CAIRN_RETURN_IF_ERROR(CheckNode(graph, name));
    call.targets.emplace_back(NodeNameOf(name));
  }
  for (size_t i = 0; i < feeds.size(); ++i) {
    const TensorInfo info = feeds.info(i);
    CAIRN_RETURN_IF_ERROR(CheckNode(graph, info.name));
    CAIRN_RETURN_IF_ERROR(CheckFeed(*FindNode(graph, info.name), info.dtype, info.dims));
    CAIRN_ASSIGN_OR_RETURN(auto source, feeds.source(i));
    call.feeds.push_back({std::string(info.name), std::string(info.name), std::move(source)});
  }
  return call;
}

Result<std::vector<Feed>> ReadFeeds(Runtime& runtime, std::span<const FeedValue> values) {
  std::vector<Feed> feeds;
  std::vector<ReadJob> jobs;
  std::vector<std::string_view> names;
  std::set<std::string> outputs;
  for (const FeedValue& value : values) {
    const TensorSource& source = *value.source;
    std::string output = FullName(value.output);
    if (!outputs.insert(output).second)
      return Status(Reason::kArgument, "two values for " + Quoted(output));
    Feed& feed = feeds.emplace_back();
    feed.output = std::move(output);
    if (source.dtype() == DType::kString) {
      CAIRN_ASSIGN_OR_RETURN(StringTensor strings, source.ReadStrings().InTensor(value.name));
      CAIRN_ASSIGN_OR_RETURN(feed.tensor,
                             runtime.NewStrings(std::move(strings), source.shape().dims()));
      continue;
    }
    CAIRN_ASSIGN_OR_RETURN(
        feed.tensor,
        runtime.NewTensor(source.dtype(), source.shape().dims()).In(Quoted(value.name)));
    jobs.push_back({value.source, feed.tensor->bytes()});
    names.push_back(value.name);
  }
  CAIRN_RETURN_IF_ERROR(ReadAll(jobs, {}, names));
  return feeds;
}

}  // namespace cairn::tensorflow
