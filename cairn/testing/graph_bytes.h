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

  std::string MetaGraph() const;

 private:
  std::string graph_;
  std::string rest_;  // fields of the MetaGraphDef
};

}  // namespace cairn

#endif  // CAIRN_TESTING_GRAPH_BYTES_H_
