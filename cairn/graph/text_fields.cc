#include "cairn/graph/text_fields.h"

#include <algorithm>
#include <array>

namespace cairn {
namespace {

using M = TextMessage;
using K = TextField::Kind;

// Sources: the .proto files that the parsers of this room name.
constexpr std::array kFields = {
    TextField{M::kSavedModel, "saved_model_schema_version", 1, K::kInteger},
    TextField{M::kSavedModel, "meta_graphs", 2, K::kMessage, M::kMetaGraph},

    TextField{M::kMetaGraph, "meta_info_def", 1, K::kMessage, M::kMetaInfo},
    TextField{M::kMetaGraph, "graph_def", 2, K::kMessage, M::kGraph},
    TextField{M::kMetaGraph, "saver_def", 3, K::kMessage, M::kSaver},
    TextField{M::kMetaGraph, "collection_def", 4, K::kMessage, M::kCollectionEntry},
    TextField{M::kMetaGraph, "signature_def", 5, K::kMessage, M::kSignatureEntry},
    TextField{M::kMetaGraph, "object_graph_def", 7, K::kMessage, M::kObjects},

    TextField{M::kMetaInfo, "tags", 4, K::kBytes},
    TextField{M::kMetaInfo, "tensorflow_version", 5, K::kBytes},

    TextField{M::kGraph, "node", 1, K::kMessage, M::kNode},
    TextField{M::kGraph, "library", 2, K::kMessage, M::kLibrary},

    TextField{M::kNode, "name", 1, K::kBytes},
    TextField{M::kNode, "op", 2, K::kBytes},
    TextField{M::kNode, "input", 3, K::kBytes},
    TextField{M::kNode, "device", 4, K::kBytes},
    TextField{M::kNode, "attr", 5, K::kMessage, M::kNodeAttribute},
    TextField{M::kNodeAttribute, "key", 1, K::kBytes},
    TextField{M::kNodeAttribute, "value", 2, K::kMessage, M::kAttribute},

    TextField{M::kAttribute, "list", 1, K::kMessage, M::kAttributeList},
    TextField{M::kAttribute, "s", 2, K::kBytes},
    TextField{M::kAttribute, "i", 3, K::kInteger},
    TextField{M::kAttribute, "f", 4, K::kFloat},
    TextField{M::kAttribute, "b", 5, K::kBool},
    TextField{M::kAttribute, "type", 6, K::kDType},
    TextField{M::kAttribute, "shape", 7, K::kMessage, M::kShape},
    TextField{M::kAttribute, "tensor", 8, K::kMessage, M::kTensor},
    TextField{M::kAttribute, "placeholder", 9, K::kBytes},
    TextField{M::kAttribute, "func", 10, K::kMessage, M::kNameAttrList},
    TextField{M::kAttributeList, "s", 2, K::kBytes},
    TextField{M::kAttributeList, "i", 3, K::kInteger},
    TextField{M::kAttributeList, "f", 4, K::kFloat},
    TextField{M::kAttributeList, "b", 5, K::kBool},
    TextField{M::kAttributeList, "type", 6, K::kDType},
    TextField{M::kAttributeList, "shape", 7, K::kMessage, M::kShape},
    TextField{M::kAttributeList, "tensor", 8, K::kMessage, M::kTensor},
    TextField{M::kAttributeList, "func", 9, K::kMessage, M::kNameAttrList},
    TextField{M::kNameAttrList, "name", 1, K::kBytes},
    TextField{M::kNameAttrList, "attr", 2, K::kMessage, M::kNodeAttribute},

    TextField{M::kTensor, "dtype", 1, K::kDType},
    TextField{M::kTensor, "tensor_shape", 2, K::kMessage, M::kShape},
    TextField{M::kTensor, "version_number", 3, K::kInteger},
    TextField{M::kTensor, "tensor_content", 4, K::kBytes},
    TextField{M::kTensor, "float_val", 5, K::kFloat},
    TextField{M::kTensor, "double_val", 6, K::kDouble},
    TextField{M::kTensor, "int_val", 7, K::kInteger},
    TextField{M::kTensor, "string_val", 8, K::kBytes},
    TextField{M::kTensor, "scomplex_val", 9, K::kFloat},
    TextField{M::kTensor, "int64_val", 10, K::kInteger},
    TextField{M::kTensor, "bool_val", 11, K::kBool},
    TextField{M::kTensor, "dcomplex_val", 12, K::kDouble},
    TextField{M::kTensor, "half_val", 13, K::kInteger},
    TextField{M::kTensor, "uint32_val", 16, K::kInteger},
    TextField{M::kTensor, "uint64_val", 17, K::kInteger},
    TextField{M::kTensor, "float8_val", 18, K::kBytes},
    TextField{M::kShape, "dim", 2, K::kMessage, M::kDimension},
    TextField{M::kShape, "unknown_rank", 3, K::kBool},
    TextField{M::kDimension, "size", 1, K::kInteger},
    TextField{M::kDimension, "name", 2, K::kBytes},

    TextField{M::kLibrary, "function", 1, K::kMessage, M::kFunction},
    TextField{M::kFunction, "signature", 1, K::kMessage, M::kOp},
    TextField{M::kFunction, "node_def", 3, K::kMessage, M::kNode},
    TextField{M::kFunction, "ret", 4, K::kMessage, M::kTextEntry},
    TextField{M::kFunction, "attr", 5, K::kMessage, M::kNodeAttribute},
    TextField{M::kFunction, "control_ret", 6, K::kMessage, M::kTextEntry},
    TextField{M::kTextEntry, "key", 1, K::kBytes},
    TextField{M::kTextEntry, "value", 2, K::kBytes},
    TextField{M::kOp, "name", 1, K::kBytes},
    TextField{M::kOp, "input_arg", 2, K::kMessage, M::kArgument},
    TextField{M::kOp, "output_arg", 3, K::kMessage, M::kArgument},
    TextField{M::kArgument, "name", 1, K::kBytes},
    TextField{M::kArgument, "type", 3, K::kDType},

    TextField{M::kSaver, "filename_tensor_name", 1, K::kBytes},
    TextField{M::kSaver, "save_tensor_name", 2, K::kBytes},
    TextField{M::kSaver, "restore_op_name", 3, K::kBytes},

    TextField{M::kCollectionEntry, "key", 1, K::kBytes},
    TextField{M::kCollectionEntry, "value", 2, K::kMessage, M::kCollection},
    TextField{M::kCollection, "node_list", 1, K::kMessage, M::kTexts},
    TextField{M::kCollection, "bytes_list", 2, K::kMessage, M::kTexts},
    TextField{M::kCollection, "int64_list", 3, K::kMessage, M::kIntegers},
    TextField{M::kCollection, "float_list", 4, K::kMessage, M::kFloats},
    // The messages in it are not read, only counted.
    TextField{M::kCollection, "any_list", 5, K::kMessage, M::kComposite},
    TextField{M::kTexts, "value", 1, K::kBytes},
    TextField{M::kIntegers, "value", 1, K::kInteger},
    TextField{M::kFloats, "value", 1, K::kFloat},

    TextField{M::kSignatureEntry, "key", 1, K::kBytes},
    TextField{M::kSignatureEntry, "value", 2, K::kMessage, M::kSignature},
    TextField{M::kSignature, "inputs", 1, K::kMessage, M::kTensorInfoEntry},
    TextField{M::kSignature, "outputs", 2, K::kMessage, M::kTensorInfoEntry},
    TextField{M::kSignature, "method_name", 3, K::kBytes},
    TextField{M::kTensorInfoEntry, "key", 1, K::kBytes},
    TextField{M::kTensorInfoEntry, "value", 2, K::kMessage, M::kTensorInfo},
    TextField{M::kTensorInfo, "name", 1, K::kBytes},
    TextField{M::kTensorInfo, "dtype", 2, K::kDType},
    TextField{M::kTensorInfo, "tensor_shape", 3, K::kMessage, M::kShape},
    TextField{M::kTensorInfo, "coo_sparse", 4, K::kMessage, M::kSparse},
    TextField{M::kTensorInfo, "composite_tensor", 5, K::kMessage, M::kComposite},
    TextField{M::kSparse, "values_tensor_name", 1, K::kBytes},
    TextField{M::kSparse, "indices_tensor_name", 2, K::kBytes},
    TextField{M::kSparse, "dense_shape_tensor_name", 3, K::kBytes},
    TextField{M::kComposite, "value", 1, K::kMessage},
    TextField{M::kComposite, "components", 2, K::kMessage, M::kTensorInfo},

    TextField{M::kObjects, "nodes", 1, K::kMessage, M::kObject},
    TextField{M::kObjects, "concrete_functions", 2, K::kMessage, M::kConcreteFunctionEntry},
    TextField{M::kObject, "children", 1, K::kMessage, M::kChild},
    TextField{M::kObject, "user_object", 4, K::kMessage, M::kNamed},
    TextField{M::kObject, "function", 6, K::kMessage, M::kNames},
    TextField{M::kObject, "variable", 7, K::kMessage, M::kVariable},
    TextField{M::kObject, "bare_concrete_function", 8, K::kMessage, M::kBare},
    TextField{M::kChild, "node_id", 1, K::kInteger},
    TextField{M::kChild, "local_name", 2, K::kBytes},
    TextField{M::kNamed, "identifier", 1, K::kBytes},
    TextField{M::kNames, "concrete_functions", 1, K::kBytes},
    TextField{M::kBare, "concrete_function_name", 1, K::kBytes},
    TextField{M::kVariable, "dtype", 1, K::kDType},
    TextField{M::kVariable, "shape", 2, K::kMessage, M::kShape},
    TextField{M::kVariable, "trainable", 3, K::kBool},
    TextField{M::kVariable, "name", 6, K::kBytes},
    TextField{M::kConcreteFunctionEntry, "key", 1, K::kBytes},
    TextField{M::kConcreteFunctionEntry, "value", 2, K::kMessage, M::kConcreteFunction},
    TextField{M::kConcreteFunction, "bound_inputs", 2, K::kInteger},
};

}  // namespace

const TextField* FindTextField(TextMessage in, std::string_view name) {
  const auto of_message = std::ranges::equal_range(kFields, in, {}, &TextField::in);
  static_assert(std::ranges::is_sorted(kFields, {}, &TextField::in));
  const auto found = std::ranges::find(of_message, name, &TextField::name);
  return found == of_message.end() ? nullptr : &*found;
}

}  // namespace cairn
