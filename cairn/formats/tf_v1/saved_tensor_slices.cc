#include "cairn/formats/tf_v1/saved_tensor_slices.h"

#include "cairn/codec/protobuf.h"
#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/codec/tensorflow/version_def.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"

namespace cairn::tf_v1 {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

enum SlicesTag : protozero::pbf_tag_type { kMeta = 1, kData = 2 };
enum MetaTag : protozero::pbf_tag_type { kTensor = 1, kVersions = 2 };
enum SliceMetaTag : protozero::pbf_tag_type { kName = 1, kShape = 2, kType = 3, kSlice = 4 };
enum SavedSliceTag : protozero::pbf_tag_type { kSavedName = 1, kSavedSlice = 2, kSavedData = 3 };

// The version of the format that is read here.
constexpr int32_t kFormatVersion = 1;

Status TakeField(pbf_reader& reader, SliceMeta& meta, uint64_t& dtype_code) {
  switch (reader.tag_and_type()) {
    case tag_and_type(kName, pbf_wire_type::length_delimited):
      meta.name = reader.get_string();
      return {};
    case tag_and_type(kShape, pbf_wire_type::length_delimited):
      return tensorflow::ParseTensorShape(BytesOf(reader.get_view()), meta.dims);
    case tag_and_type(kType, pbf_wire_type::varint):
      dtype_code = reader.get_uint64();
      return {};
    case tag_and_type(kSlice, pbf_wire_type::length_delimited): {
      CAIRN_ASSIGN_OR_RETURN(auto slice, tensorflow::ParseTensorSlice(BytesOf(reader.get_view())));
      meta.slices.push_back(std::move(slice));
      return {};
    }
    default:
      if (reader.tag() <= kSlice) return WrongWireType(reader, "SavedSliceMeta");
      reader.skip();
      return {};
  }
}

Result<SliceMeta> ParseSliceMeta(Bytes message) {
  SliceMeta meta;
  uint64_t dtype_code = 0;
  // Every error is returned at the end of the function, which adds the name of the tensor to it.
  Status status = ForEachField(message, "SavedSliceMeta", [&](pbf_reader& reader) {
    return TakeField(reader, meta, dtype_code);
  });
  if (status.ok()) status = NumElements(meta.dims).status();
  const auto dtype = DTypeFromCode(dtype_code);
  if (status.ok() && !dtype) {
    status = Status(Reason::kDType,
                    "dtype " + std::to_string(dtype_code) + " is none that can be stored");
  }
  if (status.ok() && ElementNbytes(*dtype) != 0)
    status = Nbytes(*dtype, *NumElements(meta.dims)).status();
  if (!status.ok()) return status.InTensor(meta.name);
  meta.dtype = *dtype;
  return meta;
}

Status ParseTensors(Bytes message, const std::function<Status(SliceMeta&&)>& take) {
  return ForEachField(message, "SavedTensorSliceMeta", [&](pbf_reader& reader) -> Status {
    switch (reader.tag_and_type()) {
      case tag_and_type(kTensor, pbf_wire_type::length_delimited): {
        CAIRN_ASSIGN_OR_RETURN(SliceMeta meta, ParseSliceMeta(BytesOf(reader.get_view())));
        return take(std::move(meta));
      }
      case tag_and_type(kVersions, pbf_wire_type::length_delimited):
        return tensorflow::CheckVersion(BytesOf(reader.get_view()), kFormatVersion);
      default:
        if (reader.tag() <= kVersions) return WrongWireType(reader, "SavedTensorSliceMeta");
        reader.skip();
        return {};
    }
  });
}

// Calls `parse` with the message in one of the two fields of SavedTensorSlices.
template <typename Parse>
Status ForTheOnly(protozero::pbf_tag_type tag, Bytes value, const char* missing, Parse parse) {
  bool is_there = false;
  CAIRN_RETURN_IF_ERROR(ForEachField(value, "SavedTensorSlices", [&](pbf_reader& reader) -> Status {
    if (reader.tag() != tag) {
      if (reader.tag() <= kData && reader.wire_type() != pbf_wire_type::length_delimited)
        return WrongWireType(reader, "SavedTensorSlices");
      reader.skip();
      return {};
    }
    if (reader.wire_type() != pbf_wire_type::length_delimited)
      return WrongWireType(reader, "SavedTensorSlices");
    is_there = true;
    return parse(BytesOf(reader.get_view()));
  }));
  return is_there ? Status() : Status(Reason::kFormat, missing);
}

}  // namespace

Status ParseMeta(Bytes value, const std::function<Status(SliceMeta&&)>& take) {
  return ForTheOnly(kMeta, value, "its first entry is not a table of contents",
                    [&](Bytes message) { return ParseTensors(message, take); });
}

Result<SavedSlice> ParseSavedSlice(Bytes value) {
  SavedSlice saved;
  CAIRN_RETURN_IF_ERROR(ForTheOnly(kData, value, "the entry holds no slice", [&](Bytes message) {
    return ForEachField(message, "SavedSlice", [&](pbf_reader& reader) -> Status {
      switch (reader.tag_and_type()) {
        case tag_and_type(kSavedName, pbf_wire_type::length_delimited):
          saved.name = reader.get_string();
          return {};
        case tag_and_type(kSavedSlice, pbf_wire_type::length_delimited): {
          CAIRN_ASSIGN_OR_RETURN(saved.slice,
                                 tensorflow::ParseTensorSlice(BytesOf(reader.get_view())));
          return {};
        }
        case tag_and_type(kSavedData, pbf_wire_type::length_delimited):
          // Its dtype and shape are in the table of contents, so it cannot be decoded here.
          saved.data = BytesOf(reader.get_view());
          return {};
        default:
          if (reader.tag() <= kSavedData) return WrongWireType(reader, "SavedSlice");
          reader.skip();
          return {};
      }
    });
  }));
  return saved;
}

}  // namespace cairn::tf_v1
