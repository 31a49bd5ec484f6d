// GraphDef messages made by hand, for TensorFlow itself to import.
#ifndef CAIRN_ENGINES_TENSORFLOW_GRAPH_DEF_FIXTURE_H_
#define CAIRN_ENGINES_TENSORFLOW_GRAPH_DEF_FIXTURE_H_

#include <string>
#include <utility>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/testing/proto_bytes.h"

namespace cairn::tensorflow {

// AttrValue: 2 s, 3 i, 5 b, 6 type, 7 shape, 8 tensor.
inline std::string NumberAttribute(uint32_t field, int64_t value) {
  std::string message;
  AppendNumberField(message, field, value);
  return message;
}
inline std::string MessageAttribute(uint32_t field, const std::string& value) {
  std::string message;
  AppendMessageField(message, field, value);
  return message;
}
inline std::string Number(int64_t value) { return NumberAttribute(3, value); }
inline std::string Bool(bool value) { return NumberAttribute(5, value); }
inline std::string Type(DType dtype) { return NumberAttribute(6, static_cast<int64_t>(dtype)); }
inline std::string ShapeOf(const std::vector<int64_t>& dims) {
  return MessageAttribute(7, ShapeMessage(dims));
}
inline std::string Text(const std::string& text) { return MessageAttribute(2, text); }

// TensorProto: 1 dtype, 2 tensor_shape, 4 tensor_content, 8 string_val.
inline std::string Scalar(DType dtype, const std::string& content) {
  std::string tensor;
  AppendNumberField(tensor, 1, static_cast<int64_t>(dtype));
  AppendMessageField(tensor, 2, "");
  AppendMessageField(tensor, dtype == DType::kString ? 8 : 4, content);
  return MessageAttribute(8, tensor);
}

class GraphDef {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;  // name, AttrValue

  // NodeDef: 1 name, 2 op, 3 input, 5 attr.
  GraphDef& Node(const std::string& name, const std::string& op,
                 const std::vector<std::string>& inputs, const Attributes& attributes) {
    std::string node;
    AppendMessageField(node, 1, name);
    AppendMessageField(node, 2, op);
    for (const std::string& input : inputs) AppendMessageField(node, 3, input);
    for (const auto& [key, value] : attributes) {
      std::string attribute;
      AppendMessageField(attribute, 1, key);
      AppendMessageField(attribute, 2, value);
      AppendMessageField(node, 5, attribute);
    }
    AppendMessageField(message_, 1, node);
    return *this;
  }
  GraphDef& Placeholder(const std::string& name, DType dtype) {
    return Node(name, "Placeholder", {}, {{"dtype", Type(dtype)}});
  }
  GraphDef& Constant(const std::string& name, DType dtype, const std::string& content) {
    return Node(name, "Const", {}, {{"dtype", Type(dtype)}, {"value", Scalar(dtype, content)}});
  }
  GraphDef& Identity(const std::string& name, const std::string& input, DType dtype) {
    return Node(name, "Identity", {input}, {{"T", Type(dtype)}});
  }
  // A resource variable; what is fed to NAME/value is assigned by NAME/assign, and NAME/read reads
  // it.
  GraphDef& Variable(const std::string& name, DType dtype, const std::vector<int64_t>& dims) {
    Node(name, "VarHandleOp", {},
         {{"dtype", Type(dtype)}, {"shape", ShapeOf(dims)}, {"shared_name", Text(name)}});
    Placeholder(name + "/value", dtype);
    Node(name + "/assign", "AssignVariableOp", {name, name + "/value"},
         {{"dtype", Type(dtype)}, {"validate_shape", Bool(true)}});
    return Node(name + "/read", "ReadVariableOp", {name}, {{"dtype", Type(dtype)}});
  }
  // The node "exit" never has a value: a loop whose condition is always true.
  GraphDef& EndlessLoop() {
    constexpr DType kType = DType::kInt32;
    Constant("start", kType, std::string(4, '\0'));
    Node("enter", "Enter", {"start"}, {{"T", Type(kType)}, {"frame_name", Text("loop")}});
    Node("merge", "Merge", {"enter", "next"}, {{"T", Type(kType)}, {"N", Number(2)}});
    Node("always", "Const", {"^merge"},
         {{"dtype", Type(DType::kBool)}, {"value", Scalar(DType::kBool, "\1")}});
    Node("condition", "LoopCond", {"always"}, {});
    Node("switch", "Switch", {"merge", "condition"}, {{"T", Type(kType)}});
    Identity("body", "switch:1", kType);
    Node("next", "NextIteration", {"body"}, {{"T", Type(kType)}});
    return Node("exit", "Exit", {"switch"}, {{"T", Type(kType)}});
  }
  // TensorFlow's own check of the shape of "gather" aborts the process: 1 + 1 - 1 - 12 dimensions.
  GraphDef& AbortingGather() {
    const auto placeholder = [&](const std::string& name, DType dtype,
                                 const std::vector<int64_t>& dims) {
      Node(name, "Placeholder", {}, {{"dtype", Type(dtype)}, {"shape", ShapeOf(dims)}});
    };
    placeholder("params", DType::kFloat32, {4});
    placeholder("indices", DType::kInt32, {2});
    placeholder("axis", DType::kInt32, {});
    return Node("gather", "GatherV2", {"params", "indices", "axis"},
                {{"batch_dims", Number(12)},
                 {"Tparams", Type(DType::kFloat32)},
                 {"Tindices", Type(DType::kInt32)},
                 {"Taxis", Type(DType::kInt32)}});
  }

  const std::string& message() const { return message_; }
  Bytes bytes() const { return AsBytes(message_); }

 private:
  std::string message_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_GRAPH_DEF_FIXTURE_H_
