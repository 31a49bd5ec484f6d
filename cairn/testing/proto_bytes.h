// Fields of protobuf messages, written by hand for tests.
#ifndef CAIRN_TESTING_PROTO_BYTES_H_
#define CAIRN_TESTING_PROTO_BYTES_H_

#include <string>
#include <string_view>
#include <vector>

namespace cairn {

void AppendNumberField(std::string& message, uint32_t field, int64_t value);
void AppendMessageField(std::string& message, uint32_t field, std::string_view value);
// TensorShapeProto.
std::string ShapeMessage(const std::vector<int64_t>& dims);

}  // namespace cairn

#endif  // CAIRN_TESTING_PROTO_BYTES_H_
