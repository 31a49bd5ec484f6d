#include "cairn/codec/tensorflow/tensor_shape.h"

#include <protozero/pbf_writer.hpp>

#include "cairn/codec/protobuf.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum ShapeTag : protozero::pbf_tag_type { kDim = 2, kUnknownRank = 3 };
enum DimTag : protozero::pbf_tag_type { kDimSize = 1 };
constexpr std::byte kSizeTag{kDimSize << 3 | static_cast<int>(pbf_wire_type::varint)};

Status ParseDim(Bytes message, int64_t& size) {
  // A size below 128 and nothing else, as most are: the same at a third of the time.
  if (message.size() == 2 && message[0] == kSizeTag && message[1] < std::byte{0x80}) {
    size = std::to_integer<int64_t>(message[1]);
    return {};
  }
  return ForEachField(
      message, "TensorShapeProto.Dim", [&](protozero::pbf_reader& reader) -> Status {
        if (reader.tag_and_type() == tag_and_type(kDimSize, pbf_wire_type::varint)) {
          size = reader.get_int64();
          return {};
        }
        if (reader.tag() == kDimSize) return WrongWireType(reader, "TensorShapeProto.Dim");
        reader.skip();
        return {};
      });
}

}  // namespace

Status ParseTensorShape(Bytes message, std::vector<int64_t>& dims) {
  const size_t start = dims.size();
  return ForEachField(message, "TensorShapeProto", [&](protozero::pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kDim, pbf_wire_type::length_delimited): {
        if (dims.size() - start == kMaxRank) {
          return Status(Reason::kShape, "more than " + std::to_string(kMaxRank) + " dimensions");
        }
        // TensorFlow writes a dimension of size 0 as an empty message.
        int64_t size = 0;
        CAIRN_RETURN_IF_ERROR(ParseDim(BytesOf(reader.get_view()), size));
        dims.push_back(size);
        return {};
      }
      case tag_and_type(kUnknownRank, pbf_wire_type::varint):
        if (reader.get_bool()) return Status(Reason::kShape, "the number of dimensions is unknown");
        return {};
      default:
        if (reader.tag() == kDim || reader.tag() == kUnknownRank)
          return WrongWireType(reader, "TensorShapeProto");
        reader.skip();
        return {};
    }
  });
}

std::string EncodeTensorShape(std::span<const int64_t> dims) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (int64_t size : dims) {
    // Not a nested writer: that one leaves an empty message out.
    std::string dim;
    if (size != 0) protozero::pbf_writer(dim).add_int64(kDimSize, size);
    writer.add_message(kDim, dim);
  }
  return message;
}

}  // namespace cairn::tensorflow
