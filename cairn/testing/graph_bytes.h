// Graphs made by hand for tests, with saves in them: MetaGraphDef messages, written from the
// description of the format.
#ifndef CAIRN_TESTING_GRAPH_BYTES_H_
#define CAIRN_TESTING_GRAPH_BYTES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/core/dtype.h"

namespace cairn {

class GraphBytes {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;  // name, AttrValue

  GraphBytes& Node(std::string_view name, std::string_view op,
                   const std::vector<std::string>& inputs = {}, const Attributes& attributes = {});
  // A variable of static shape, and the node that reads it: "NAME/Read".
  GraphBytes& Variable(std::string_view name, DType dtype, const std::vector<int64_t>& dims);
  GraphBytes& Strings(std::string_view name, const std::vector<std::string>& values);

  struct Saved {
    std::string name;
    DType dtype;
    std::string spec;  // of the slice
    std::string input;
  };
  // A SaveV2 node, with the constants that it takes.
  GraphBytes& Save(std::string_view name, const std::vector<Saved>& tensors);

  // `tensor_info` is the TensorInfo message of every input and output.
  GraphBytes& Signature(std::string_view name, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, std::string_view tensor_info = "");

  // A collection whose list is that field of CollectionDef: 1 names, 2 bytes.
  GraphBytes& Collection(std::string_view name, uint32_t list,
                         const std::vector<std::string>& values);
  // A VariableDef for collections: fields 1, 2 and, where it is trainable, 7.
  static std::string VariableDef(std::string_view name, bool is_trainable);
  // A function that returns the tensor `returned` as "r"; `body` has its nodes.
  GraphBytes& Function(std::string_view name, const std::vector<std::string>& arguments,
                       std::string_view returned, const GraphBytes& body,
                       const std::vector<std::string>& control_returns = {});
  static Attributes FunctionAttribute(std::string_view attribute, std::string_view function);
  GraphBytes& Saver(std::string_view restore_op);
  // Any other field of the MetaGraphDef.
  GraphBytes& Field(uint32_t field, std::string_view message);

  std::string MetaGraph() const;

 private:
  std::vector<std::string> nodes_;
  std::string library_;
  std::string rest_;  // fields of the MetaGraphDef
};

}  // namespace cairn

#endif  // CAIRN_TESTING_GRAPH_BYTES_H_
