#include "cairn/engines/tensorflow/self_check.h"

#include <protozero/pbf_writer.hpp>

#include "cairn/engines/tensorflow/graph_session.h"

namespace cairn::tensorflow {
namespace {

constexpr const char* kNode = "cairn_self_check";
constexpr int32_t kSelfCheckValue = 42;
constexpr auto kSelfCheckType = static_cast<int32_t>(DType::kInt32);

// TensorProto: 1 dtype, 2 tensor_shape, 7 int_val.
std::string TensorMessage() {
  std::string message;
  protozero::pbf_writer tensor(message);
  tensor.add_enum(1, kSelfCheckType);
  tensor.add_message(2, std::string());
  tensor.add_int32(7, kSelfCheckValue);
  return message;
}

// An entry of NodeDef.attr: 1 key, 2 value, an AttrValue of one field.
template <typename AddField>
std::string AttributeMessage(const char* name, AddField add_field) {
  std::string message;
  protozero::pbf_writer attribute(message);
  attribute.add_string(1, name);
  protozero::pbf_writer value(attribute, 2);
  add_field(value);
  return message;
}

// GraphDef: 1 node, a NodeDef: 1 name, 2 op, 5 attr. AttrValue: 6 type, 8 tensor.
std::string SelfCheckGraph() {
  std::string message;
  protozero::pbf_writer graph(message);
  {
    protozero::pbf_writer node(graph, 1);
    node.add_string(1, kNode);
    node.add_string(2, "Const");
    node.add_message(5, AttributeMessage("dtype", [](protozero::pbf_writer& value) {
                       value.add_enum(6, kSelfCheckType);
                     }));
    node.add_message(5, AttributeMessage("value", [](protozero::pbf_writer& value) {
                       value.add_message(8, TensorMessage());
                     }));
  }
  return message;
}

Status CheckFetched(RuntimeTensor& tensor) {
  const Bytes bytes = tensor.bytes();
  if (tensor.dtype() == DType::kInt32 && bytes.size() == sizeof(kSelfCheckValue) &&
      LoadLittleEndian<int32_t>(bytes.data()) == kSelfCheckValue)
    return {};
  return Status(Reason::kEngine, "TensorFlow does not return the value of a constant");
}

}  // namespace

Status RunSelfCheck(const std::shared_ptr<const CApi>& api, const std::string& config) {
  CAIRN_ASSIGN_OR_RETURN(const auto session,
                         GraphSession::Make(api, AsBytes(SelfCheckGraph()), config));
  const std::string fetch = kNode;
  CAIRN_ASSIGN_OR_RETURN(const auto fetched, session->Run({}, {&fetch, 1}, {}));
  return CheckFetched(*fetched.front());
}

}  // namespace cairn::tensorflow
