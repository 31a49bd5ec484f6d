#include "cairn/codec/tensorflow/tensor_slice.h"

#include <protozero/pbf_writer.hpp>

#include "cairn/codec/protobuf.h"
#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum SliceTag : protozero::pbf_tag_type { kExtent = 1 };
enum ExtentTag : protozero::pbf_tag_type { kStart = 1, kLength = 2 };

Result<Range> ParseExtent(Bytes message) {
  Range range{0, kWholeDimension};
  bool has_length = false;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "TensorSliceProto.Extent", [&](pbf_reader& reader) -> Status {
        switch (reader.tag_and_type()) {
          case tag_and_type(kStart, pbf_wire_type::varint):
            range.start = reader.get_int64();
            return {};
          case tag_and_type(kLength, pbf_wire_type::varint):
            range.length = reader.get_int64();
            has_length = true;
            return {};
          default:
            if (reader.tag() <= kLength) return WrongWireType(reader, "TensorSliceProto.Extent");
            reader.skip();
            return {};
        }
      }));
  if (range.start < 0)
    return Status(Reason::kSlice, "a slice starts at " + std::to_string(range.start));
  // A whole dimension has no length field. An explicit -1 is the value of kWholeDimension and must
  // not pass for one.
  if (has_length && range.length < 1)
    return Status(Reason::kSlice, "a slice has the length " + std::to_string(range.length));
  if (!has_length && range.start != 0) {
    return Status(Reason::kSlice,
                  "a slice starts at " + std::to_string(range.start) + " and has no length");
  }
  return range;
}

}  // namespace

Result<TensorSlice> ParseTensorSlice(Bytes message) {
  TensorSlice slice;
  CAIRN_RETURN_IF_ERROR(
      ForEachField(message, "TensorSliceProto", [&](pbf_reader& reader) -> Status {
        if (reader.tag_and_type() == tag_and_type(kExtent, pbf_wire_type::length_delimited)) {
          // An empty extent takes two bytes, so a message of a few megabytes could have millions of
          // dimensions.
          if (slice.size() == kMaxRank)
            return Status(Reason::kSlice,
                          "a slice of more than " + std::to_string(kMaxRank) + " dimensions");
          CAIRN_ASSIGN_OR_RETURN(const Range range, ParseExtent(BytesOf(reader.get_view())));
          slice.push_back(range);
          return {};
        }
        if (reader.tag() == kExtent) return WrongWireType(reader, "TensorSliceProto");
        reader.skip();
        return {};
      }));
  return slice;
}

std::string EncodeTensorSlice(const TensorSlice& slice) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (const auto& [start, length] : slice) {
    // Not a nested writer: that one leaves an empty message out.
    std::string extent;
    protozero::pbf_writer fields(extent);
    if (length != kWholeDimension) {
      if (start != 0) fields.add_int64(kStart, start);
      fields.add_int64(kLength, length);
    }
    writer.add_message(kExtent, extent);
  }
  return message;
}

Result<Box> ResolveSlice(const TensorSlice& slice, std::span<const int64_t> dims) {
  Box box = slice;
  for (size_t d = 0; d < box.size() && d < dims.size(); ++d) {
    if (box[d].length == kWholeDimension) box[d].length = dims[d];
  }
  CAIRN_RETURN_IF_ERROR(CheckBox(dims, box));
  return box;
}

}  // namespace cairn::tensorflow
