#include "cairn/codec/tensorflow/tensor_proto.h"

#include <algorithm>

#include "cairn/codec/protobuf.h"
#include "cairn/core/checked_math.h"
#include "cairn/transfer/arena.h"

namespace cairn::tensorflow {
namespace {

using protozero::pbf_reader;
using protozero::pbf_tag_type;
using protozero::pbf_wire_type;

constexpr pbf_tag_type kTensorContent = 4;
constexpr pbf_tag_type kStringVal = 8;

// A message may describe so many bytes by a few, as zeros or by repeating the last value, without
// an error.
constexpr uint64_t kFreeNbytes = uint64_t{64} << 20;
constexpr uint64_t kMaxExpansion = 100;

// The list that holds the values of a dtype.
struct ValueList {
  pbf_tag_type tag = 0;
  pbf_wire_type wire = pbf_wire_type::unknown;  // of one value; length_delimited: a byte each
  uint64_t value_nbytes = 0;                    // that it takes in memory
};

ValueList ListOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return {5, pbf_wire_type::fixed32, 4};
    case DType::kFloat64:
      return {6, pbf_wire_type::fixed64, 8};
    case DType::kComplex64:
      return {9, pbf_wire_type::fixed32, 4};
    case DType::kComplex128:
      return {12, pbf_wire_type::fixed64, 8};
    case DType::kInt64:
      return {10, pbf_wire_type::varint, 8};
    case DType::kBool:
      return {11, pbf_wire_type::varint, 1};
    case DType::kFloat16:
    case DType::kBFloat16:
      return {13, pbf_wire_type::varint, 2};
    case DType::kUInt32:
      return {16, pbf_wire_type::varint, 4};
    case DType::kUInt64:
      return {17, pbf_wire_type::varint, 8};
    case DType::kFloat8E5M2:
    case DType::kFloat8E4M3FN:
    case DType::kFloat8E4M3FNUZ:
    case DType::kFloat8E4M3B11FNUZ:
    case DType::kFloat8E5M2FNUZ:
      return {18, pbf_wire_type::length_delimited, 1};
    default:
      return {7, pbf_wire_type::varint, ElementNbytes(dtype)};
  }
}

// The values that a varint of a dtype may have, as int64 (as uint64 for kUInt64).
struct Limits64 {
  int64_t low = INT64_MIN;
  int64_t high = INT64_MAX;
};

Limits64 LimitsOf(DType dtype, uint64_t value_nbytes) {
  if (dtype == DType::kBool) return {0, 1};
  if (value_nbytes == 8) return {};
  const int bits = static_cast<int>(8 * value_nbytes);
  if (KindOf(dtype) == DTypeKind::kSigned)
    return {-(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1};
  return {0, (int64_t{1} << bits) - 1};
}

bool IsPacked(const pbf_reader& reader) {
  return reader.wire_type() == pbf_wire_type::length_delimited;
}

// Fills the memory of a tensor with the values of its list, in their order.
class ValueWriter {
 public:
  ValueWriter(DType dtype, const ValueList& list, MutableBytes out)
      : list_(list), limits_(LimitsOf(dtype, list.value_nbytes)), dtype_(dtype), out_(out) {}

  uint64_t nbytes_written() const { return written_; }

  // The field that the reader stands at: one value, or many packed.
  Status Take(pbf_reader& reader) {
    if (IsPacked(reader)) return TakePacked(BytesOf(reader.get_view()));
    if (reader.wire_type() != list_.wire) return WrongWireType(reader, "TensorProto");
    if (list_.wire == pbf_wire_type::varint) return TakeVarint(reader.get_uint64());
    return list_.wire == pbf_wire_type::fixed32 ? TakeFixed(reader.get_fixed32())
                                                : TakeFixed(reader.get_fixed64());
  }

  // The last element for the rest; zeros where there is none. The memory is zero.
  void RepeatLast(uint64_t element_nbytes) {
    if (written_ < element_nbytes) return;
    const Bytes last = out_.subspan(written_ - element_nbytes, element_nbytes);
    for (; written_ + element_nbytes <= out_.size(); written_ += element_nbytes)
      CopyBytes(last, out_.data() + written_);
  }

 private:
  Status TakePacked(Bytes bytes) {
    if (list_.wire != pbf_wire_type::varint) {
      if (bytes.size() % list_.value_nbytes != 0)
        return Status(Reason::kProto, "TensorProto: a packed list ends inside of a value");
      return Append(bytes);
    }
    const char* at = reinterpret_cast<const char*>(bytes.data());
    const char* const end = at + bytes.size();
    while (at != end) CAIRN_RETURN_IF_ERROR(TakeVarint(protozero::decode_varint(&at, end)));
    return {};
  }

  Status TakeVarint(uint64_t bits) {
    const auto value = static_cast<int64_t>(bits);
    if (value < limits_.low || value > limits_.high) {
      return Status(Reason::kBounds, "the value " + std::to_string(value) + " is none of a " +
                                         std::string(Name(dtype_)) + " tensor");
    }
    if (out_.size() - written_ < list_.value_nbytes) return TooMany();
    std::memcpy(out_.data() + written_, &bits, list_.value_nbytes);
    written_ += list_.value_nbytes;
    return {};
  }

  template <typename T>
  Status TakeFixed(T bits) {
    return Append(std::as_bytes(std::span(&bits, 1)));
  }

  Status Append(Bytes bytes) {
    if (out_.size() - written_ < bytes.size()) return TooMany();
    CopyBytes(bytes, out_.data() + written_);
    written_ += bytes.size();
    return {};
  }

  Status TooMany() const {
    return Status(Reason::kSize, "more values than the " + std::to_string(out_.size()) +
                                     " bytes of the tensor hold");
  }

  ValueList list_;
  Limits64 limits_;
  DType dtype_;
  MutableBytes out_;
  uint64_t written_ = 0;
};

// The facts that a first pass over a message gives.
struct Outline {
  std::optional<Bytes> content;
  uint64_t num_lists = 0;            // fields with values
  std::optional<Bytes> packed_list;  // the last of them that is packed
};

Result<Outline> OutlineOf(Bytes message, pbf_tag_type list_tag) {
  Outline outline;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "TensorProto", [&](pbf_reader& reader) -> Status {
    if (reader.tag() == kTensorContent) {
      if (!IsPacked(reader)) return WrongWireType(reader, "TensorProto");
      outline.content = BytesOf(reader.get_view());
    } else if (reader.tag() == list_tag) {
      ++outline.num_lists;
      if (IsPacked(reader)) {
        outline.packed_list = BytesOf(reader.get_view());
      } else {
        reader.skip();
      }
    } else {
      reader.skip();
    }
    return {};
  }));
  // TensorFlow reads tensor_content only if it is not empty. An empty one does not contradict a
  // list.
  if (outline.content && outline.content->empty()) outline.content.reset();
  // A writer fills one of the two. With both, it is not known which value was saved.
  if (outline.content && outline.num_lists > 0)
    return Status(Reason::kSize, "has both tensor_content and a list of values");
  return outline;
}

Status CheckExpansion(uint64_t nbytes, Bytes message) {
  if (nbytes <= kFreeNbytes || nbytes / kMaxExpansion <= message.size()) return {};
  return Status(Reason::kLimit, std::to_string(message.size()) + " bytes stand for a tensor of " +
                                    std::to_string(nbytes));
}

}  // namespace

Result<DecodedTensor> DecodeTensorProto(Bytes message, DType dtype, uint64_t num_elements) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(dtype, num_elements));
  const ValueList list = ListOf(dtype);
  CAIRN_ASSIGN_OR_RETURN(const Outline outline, OutlineOf(message, list.tag));
  if (outline.content) {
    if (outline.content->size() == nbytes) return DecodedTensor{*outline.content, nullptr};
    return Status(Reason::kSize, "tensor_content has " + std::to_string(outline.content->size()) +
                                     " bytes, the tensor " + std::to_string(nbytes));
  }
  // One packed list of fixed-size values has the same bytes in the message and in memory: the
  // result is a view of the message, without a copy.
  const bool is_as_in_memory = list.wire != pbf_wire_type::varint && outline.num_lists == 1;
  if (is_as_in_memory && outline.packed_list && outline.packed_list->size() == nbytes)
    return DecodedTensor{*outline.packed_list, nullptr};

  // A list that is too short repeats its last value, so that a few bytes can stand for a tensor of
  // any size. This is limited before memory is taken.
  CAIRN_RETURN_IF_ERROR(CheckExpansion(nbytes, message));
  CAIRN_ASSIGN_OR_RETURN(auto memory, Arena::Make(nbytes));
  ValueWriter writer(dtype, list, memory->bytes());
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "TensorProto", [&](pbf_reader& reader) -> Status {
    if (reader.tag() == list.tag) return writer.Take(reader);
    reader.skip();
    return {};
  }));
  if (writer.nbytes_written() % ElementNbytes(dtype) != 0)
    return Status(Reason::kSize, "the list of values ends inside of an element");
  writer.RepeatLast(ElementNbytes(dtype));
  const Bytes bytes = memory->bytes();
  return DecodedTensor{bytes, std::move(memory)};
}

Result<StringTensor> DecodeStringTensorProto(Bytes message, uint64_t num_elements) {
  StringTensor strings;
  CAIRN_RETURN_IF_ERROR(ForEachField(message, "TensorProto", [&](pbf_reader& reader) -> Status {
    if (reader.tag() == kTensorContent)
      return Status(Reason::kProto, "TensorProto: strings in tensor_content");
    if (reader.tag() != kStringVal) {
      reader.skip();
      return {};
    }
    if (!IsPacked(reader)) return WrongWireType(reader, "TensorProto");
    if (strings.size() == num_elements) {
      return Status(Reason::kSize,
                    "more than the " + std::to_string(num_elements) + " strings of the tensor");
    }
    strings.Add(AsText(BytesOf(reader.get_view())));
    return {};
  }));
  if (strings.size() == num_elements) return strings;
  // A list that is too short repeats its last string. It is copied, since Add may move the memory
  // that a view of it points to.
  const std::string last(strings.size() == 0 ? "" : strings[strings.size() - 1]);
  const auto rest = CheckedMul(num_elements - strings.size(), last.size() + sizeof(uint64_t));
  CAIRN_RETURN_IF_ERROR(CheckExpansion(rest.value_or(UINT64_MAX), message));
  while (strings.size() < num_elements) strings.Add(last);
  return strings;
}

}  // namespace cairn::tensorflow
