// The parts of a MetaGraphDef that tell of its checkpoint: the nodes of the graph, the signatures,
// the TensorFlow that wrote it.
//
//   MetaGraphDef: meta_info_def = 1 {tensorflow_version = 5 string}, graph_def = 2,
//                 signature_def = 5 map<string, SignatureDef>
//   GraphDef:     node = 1 repeated NodeDef
//   NodeDef:      name = 1, op = 2, input = 3 repeated string, attr = 5 map<string, AttrValue>
//   SignatureDef: inputs = 1 map<string, TensorInfo>, outputs = 2 map<string, TensorInfo>
//   TensorInfo:   dtype = 2 enum, tensor_shape = 3 TensorShapeProto
//
// It is the content of a `.meta` file, and of meta_graphs in a saved_model.pb. Source:
// tensorflow/core/protobuf/meta_graph.proto, tensorflow/core/framework/{graph,node_def}.proto.
#ifndef CAIRN_GRAPH_META_GRAPH_H_
#define CAIRN_GRAPH_META_GRAPH_H_

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn {

struct SignatureTensor {
  std::string_view name;
  std::optional<DType> dtype = {};  // nothing: the graph does not say, or it is unknown
  bool has_known_rank = false;
  std::vector<int64_t> dims = {};  // -1 = any size
};

struct Signature {
  std::string_view name;
  std::vector<SignatureTensor> inputs;   // by name
  std::vector<SignatureTensor> outputs;  // by name
};

// Views of the message: it must outlive this.
class MetaGraph {
 public:
  struct Node {
    std::string_view name;
    std::string_view op;
    Bytes message;  // NodeDef
  };

  // Errors: kProto; kLimit (more than 5,000,000 nodes).
  static Result<MetaGraph> Parse(Bytes message);

  std::span<const Node> nodes() const { return nodes_; }
  // The node that an input names ("w", "w:0", "^w"); null where there is none.
  const Node* Find(std::string_view input) const;

  std::span<const Signature> signatures() const { return signatures_; }        // by name
  std::string_view tensorflow_version() const { return tensorflow_version_; }  // may be empty

 private:
  Status ParseGraph(Bytes message);

  std::vector<Node> nodes_;
  std::unordered_map<std::string_view, size_t> by_name_;
  std::vector<Signature> signatures_;
  std::string_view tensorflow_version_;
};

// Returns the inputs of a node in order; control inputs ("^w") come last. Errors: kProto.
Result<std::vector<std::string_view>> InputsOf(const MetaGraph::Node& node);
// An attribute: a serialised AttrValue, or nothing. Errors: kProto.
Result<std::optional<Bytes>> AttributeOf(const MetaGraph::Node& node, std::string_view name);

}  // namespace cairn

#endif  // CAIRN_GRAPH_META_GRAPH_H_
