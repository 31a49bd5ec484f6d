// A graph as data: its nodes, functions, collections, signatures and saver. No part of it is
// executed, and an op need not be known.
//
//   MetaGraphDef: meta_info_def = 1 {tags = 4, tensorflow_version = 5},
//                 graph_def = 2, saver_def = 3 SaverDef, collection_def = 4 map<string,
//                 CollectionDef>, signature_def = 5 map<string, SignatureDef>,
//                 asset_file_def = 6 repeated AssetFileDef, object_graph_def = 7
//   GraphDef:     node = 1 repeated NodeDef, library = 2 {function = 1 repeated FunctionDef}
//   SaverDef:     filename_tensor_name = 1, save_tensor_name = 2, restore_op_name = 3
//   AssetFileDef: tensor_info = 1 {name = 1}, filename = 2
//
// It is the content of a `.meta` file, and of meta_graphs in a saved_model.pb. Source:
// tensorflow/core/protobuf/{meta_graph,saver}.proto, tensorflow/core/framework/graph.proto.
#ifndef CAIRN_GRAPH_META_GRAPH_H_
#define CAIRN_GRAPH_META_GRAPH_H_

#include "cairn/graph/collection.h"
#include "cairn/graph/function_def.h"
#include "cairn/graph/graph_node.h"
#include "cairn/graph/signature.h"

namespace cairn {

struct SaverDef {
  std::string_view filename_tensor;  // "save/Const:0"
  std::string_view save_tensor;      // "save/control_dependency:0"
  std::string_view restore_op;       // "save/restore_all"
};

// A file in the directory `assets` of a SavedModel, such as a vocabulary. Whoever runs the graph
// gives its path to the tensor.
struct AssetFile {
  std::string_view tensor;  // "asset_path_initializer:0"
  std::string_view filename;
};

// Views of the message: it must outlive this.
class MetaGraph {
 public:
  using Node = GraphNode;

  // Errors: kProto; kLimit (more than 5,000,000 nodes).
  static Result<MetaGraph> Parse(Bytes message);

  // The messages whose concatenation is the GraphDef: one, unless a program cut it.
  std::span<const Bytes> graph_defs() const { return graph_defs_; }

  const NodeTable& node_table() const { return nodes_; }
  std::span<const Node> nodes() const { return nodes_.nodes(); }
  // The node that an input names ("w", "w:0", "^w"); null where there is none.
  const Node* Find(std::string_view input) const { return nodes_.Find(input); }

  std::span<const Function> functions() const { return functions_; }  // by name
  const Function* FindFunction(std::string_view name) const;          // null where there is none

  std::span<const Collection> collections() const { return collections_; }  // by name
  const Collection* FindCollection(std::string_view name) const;  // null where there is none

  std::span<const Signature> signatures() const { return signatures_; }  // by name
  const Signature* FindSignature(std::string_view name) const;           // null where there is none

  const std::optional<SaverDef>& saver() const { return saver_; }
  std::span<const AssetFile> assets() const { return assets_; }
  std::span<const std::string_view> tags() const { return tags_; }
  std::string_view tensorflow_version() const { return tensorflow_version_; }  // may be empty
  // A SavedObjectGraph; nothing where the graph is not that of a TF2 SavedModel.
  const std::optional<Bytes>& object_graph() const { return object_graph_; }

 private:
  Status ParseField(uint32_t tag, Bytes value);
  Status ParseMetaInfo(Bytes message);
  Status ParseGraph(Bytes message);
  Status ParseSaver(Bytes message);
  Status ParseLibrary(Bytes message);
  Status ParseAsset(Bytes message);
  void Sort();

  std::vector<Bytes> graph_defs_;
  NodeTable nodes_;
  std::vector<Function> functions_;
  std::vector<Collection> collections_;
  std::vector<Signature> signatures_;
  std::optional<SaverDef> saver_;
  std::vector<AssetFile> assets_;
  std::vector<std::string_view> tags_;
  std::string_view tensorflow_version_;
  std::optional<Bytes> object_graph_;
};

}  // namespace cairn

#endif  // CAIRN_GRAPH_META_GRAPH_H_
