// Element types, those of TensorFlow and those of safetensors, with code, names and size, in one
// table.
#ifndef CAIRN_CORE_DTYPE_H_
#define CAIRN_CORE_DTYPE_H_

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cairn {

// The numbers up to 33 are those of TensorFlow's `DataType` enum, as its files store them. It does
// not have the others, and no file has their numbers.
enum class DType : uint8_t {
  kInvalid = 0,
  kFloat32 = 1,
  kFloat64 = 2,
  kInt32 = 3,
  kUInt8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kQInt8 = 11,
  kQUInt8 = 12,
  kQInt32 = 13,
  kBFloat16 = 14,
  kQInt16 = 15,
  kQUInt16 = 16,
  kUInt16 = 17,
  kComplex128 = 18,
  kFloat16 = 19,
  kResource = 20,
  kVariant = 21,
  kUInt32 = 22,
  kUInt64 = 23,
  kFloat8E5M2 = 24,
  kFloat8E4M3FN = 25,
  kFloat8E4M3FNUZ = 26,
  kFloat8E4M3B11FNUZ = 27,
  kFloat8E5M2FNUZ = 28,
  kInt4 = 29,
  kUInt4 = 30,
  kInt2 = 31,
  kUInt2 = 32,
  kFloat4E2M1FN = 33,
  kFloat8E8M0FNU = 34,
  kFloat6E2M3FN = 35,
  kFloat6E3M2FN = 36,
};

// The kind of the elements. Quantized integers count as integers.
enum class DTypeKind : uint8_t { kBool, kSigned, kUnsigned, kFloat, kComplex, kString, kOpaque };

struct DTypeInfo {
  DType dtype;
  std::string_view name;     // as users write it: numpy's, else that of ml_dtypes or TensorFlow
  std::string_view tf_name;  // the enumerator in TensorFlow's types.proto; "" where it has none
  DTypeKind kind;
  uint8_t bits;         // of information in one element; 0 where elements have no fixed size
  uint8_t nbytes;       // one element takes in memory and in TensorFlow's files; 0 as above
  uint8_t swap_nbytes;  // the unit that is reversed in files of the other endianness; 1 = none
  std::string_view
      numpy;  // little-endian numpy descr of the same bytes; "" where numpy alone has none
  std::string_view safetensors;  // "" where that format has no name for it; elements of fewer
                                 // than 8 bits lie packed there
};

inline constexpr std::array kDTypes = {
    DTypeInfo{DType::kInvalid, "invalid", "DT_INVALID", DTypeKind::kOpaque, 0, 0, 1, "", ""},
    DTypeInfo{DType::kFloat32, "float32", "DT_FLOAT", DTypeKind::kFloat, 32, 4, 4, "<f4", "F32"},
    DTypeInfo{DType::kFloat64, "float64", "DT_DOUBLE", DTypeKind::kFloat, 64, 8, 8, "<f8", "F64"},
    DTypeInfo{DType::kInt32, "int32", "DT_INT32", DTypeKind::kSigned, 32, 4, 4, "<i4", "I32"},
    DTypeInfo{DType::kUInt8, "uint8", "DT_UINT8", DTypeKind::kUnsigned, 8, 1, 1, "|u1", "U8"},
    DTypeInfo{DType::kInt16, "int16", "DT_INT16", DTypeKind::kSigned, 16, 2, 2, "<i2", "I16"},
    DTypeInfo{DType::kInt8, "int8", "DT_INT8", DTypeKind::kSigned, 8, 1, 1, "|i1", "I8"},
    DTypeInfo{DType::kString, "string", "DT_STRING", DTypeKind::kString, 0, 0, 1, "", ""},
    DTypeInfo{DType::kComplex64, "complex64", "DT_COMPLEX64", DTypeKind::kComplex, 64, 8, 4, "<c8",
              "C64"},
    DTypeInfo{DType::kInt64, "int64", "DT_INT64", DTypeKind::kSigned, 64, 8, 8, "<i8", "I64"},
    DTypeInfo{DType::kBool, "bool", "DT_BOOL", DTypeKind::kBool, 8, 1, 1, "|b1", "BOOL"},
    DTypeInfo{DType::kQInt8, "qint8", "DT_QINT8", DTypeKind::kSigned, 8, 1, 1, "|i1", ""},
    DTypeInfo{DType::kQUInt8, "quint8", "DT_QUINT8", DTypeKind::kUnsigned, 8, 1, 1, "|u1", ""},
    DTypeInfo{DType::kQInt32, "qint32", "DT_QINT32", DTypeKind::kSigned, 32, 4, 4, "<i4", ""},
    DTypeInfo{DType::kBFloat16, "bfloat16", "DT_BFLOAT16", DTypeKind::kFloat, 16, 2, 2, "", "BF16"},
    DTypeInfo{DType::kQInt16, "qint16", "DT_QINT16", DTypeKind::kSigned, 16, 2, 2, "<i2", ""},
    DTypeInfo{DType::kQUInt16, "quint16", "DT_QUINT16", DTypeKind::kUnsigned, 16, 2, 2, "<u2", ""},
    DTypeInfo{DType::kUInt16, "uint16", "DT_UINT16", DTypeKind::kUnsigned, 16, 2, 2, "<u2", "U16"},
    DTypeInfo{DType::kComplex128, "complex128", "DT_COMPLEX128", DTypeKind::kComplex, 128, 16, 8,
              "<c16", ""},
    DTypeInfo{DType::kFloat16, "float16", "DT_HALF", DTypeKind::kFloat, 16, 2, 2, "<f2", "F16"},
    DTypeInfo{DType::kResource, "resource", "DT_RESOURCE", DTypeKind::kOpaque, 0, 0, 1, "", ""},
    DTypeInfo{DType::kVariant, "variant", "DT_VARIANT", DTypeKind::kOpaque, 0, 0, 1, "", ""},
    DTypeInfo{DType::kUInt32, "uint32", "DT_UINT32", DTypeKind::kUnsigned, 32, 4, 4, "<u4", "U32"},
    DTypeInfo{DType::kUInt64, "uint64", "DT_UINT64", DTypeKind::kUnsigned, 64, 8, 8, "<u8", "U64"},
    DTypeInfo{DType::kFloat8E5M2, "float8_e5m2", "DT_FLOAT8_E5M2", DTypeKind::kFloat, 8, 1, 1, "",
              "F8_E5M2"},
    DTypeInfo{DType::kFloat8E4M3FN, "float8_e4m3fn", "DT_FLOAT8_E4M3FN", DTypeKind::kFloat, 8, 1, 1,
              "", "F8_E4M3"},
    DTypeInfo{DType::kFloat8E4M3FNUZ, "float8_e4m3fnuz", "DT_FLOAT8_E4M3FNUZ", DTypeKind::kFloat, 8,
              1, 1, "", "F8_E4M3FNUZ"},
    DTypeInfo{DType::kFloat8E4M3B11FNUZ, "float8_e4m3b11fnuz", "DT_FLOAT8_E4M3B11FNUZ",
              DTypeKind::kFloat, 8, 1, 1, "", ""},
    DTypeInfo{DType::kFloat8E5M2FNUZ, "float8_e5m2fnuz", "DT_FLOAT8_E5M2FNUZ", DTypeKind::kFloat, 8,
              1, 1, "", "F8_E5M2FNUZ"},
    DTypeInfo{DType::kInt4, "int4", "DT_INT4", DTypeKind::kSigned, 4, 1, 1, "", ""},
    DTypeInfo{DType::kUInt4, "uint4", "DT_UINT4", DTypeKind::kUnsigned, 4, 1, 1, "", ""},
    DTypeInfo{DType::kInt2, "int2", "DT_INT2", DTypeKind::kSigned, 2, 1, 1, "", ""},
    DTypeInfo{DType::kUInt2, "uint2", "DT_UINT2", DTypeKind::kUnsigned, 2, 1, 1, "", ""},
    DTypeInfo{DType::kFloat4E2M1FN, "float4_e2m1fn", "DT_FLOAT4_E2M1FN", DTypeKind::kFloat, 4, 1, 1,
              "", "F4"},
    DTypeInfo{DType::kFloat8E8M0FNU, "float8_e8m0fnu", "", DTypeKind::kFloat, 8, 1, 1, "",
              "F8_E8M0"},
    DTypeInfo{DType::kFloat6E2M3FN, "float6_e2m3fn", "", DTypeKind::kFloat, 6, 1, 1, "", "F6_E2M3"},
    DTypeInfo{DType::kFloat6E3M2FN, "float6_e3m2fn", "", DTypeKind::kFloat, 6, 1, 1, "", "F6_E3M2"},
};

constexpr bool DTypesAreInCodeOrder() {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes[i].dtype != static_cast<DType>(i)) return false;
  }
  return kDTypes.back().dtype == DType::kFloat6E3M2FN;
}
static_assert(DTypesAreInCodeOrder(), "kDTypes must list every DType, in the order of the codes");

constexpr const DTypeInfo& InfoOf(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }
constexpr std::string_view Name(DType dtype) { return InfoOf(dtype).name; }

constexpr DTypeKind KindOf(DType dtype) { return InfoOf(dtype).kind; }

// Bytes of one element; 0 for string, resource and variant, whose elements have no fixed size.
constexpr uint64_t ElementNbytes(DType dtype) { return InfoOf(dtype).nbytes; }

// Whether TensorFlow has it.
constexpr bool IsTensorFlowType(DType dtype) { return !InfoOf(dtype).tf_name.empty(); }

// The dtype of TensorFlow's code, or nothing for codes that name no storable type (0, reference
// types, unknown).
constexpr std::optional<DType> DTypeFromCode(uint64_t code) {
  if (code == 0 || code >= kDTypes.size()) return std::nullopt;
  const auto dtype = static_cast<DType>(code);
  return IsTensorFlowType(dtype) ? std::optional(dtype) : std::nullopt;
}

// By `name` above ("float32"), exactly.
constexpr std::optional<DType> DTypeFromName(std::string_view name) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.name == name && info.dtype != DType::kInvalid) return info.dtype;
  }
  return std::nullopt;
}

// The dtype of a C++ element type: DTypeOf<float>() is kFloat32. Types without a dtype do not
// compile.
template <typename T>
constexpr DType DTypeOf() = delete;
template <>
constexpr DType DTypeOf<float>() {
  return DType::kFloat32;
}
template <>
constexpr DType DTypeOf<double>() {
  return DType::kFloat64;
}
template <>
constexpr DType DTypeOf<int8_t>() {
  return DType::kInt8;
}
template <>
constexpr DType DTypeOf<int16_t>() {
  return DType::kInt16;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kInt32;
}
template <>
constexpr DType DTypeOf<int64_t>() {
  return DType::kInt64;
}
template <>
constexpr DType DTypeOf<uint8_t>() {
  return DType::kUInt8;
}
template <>
constexpr DType DTypeOf<uint16_t>() {
  return DType::kUInt16;
}
template <>
constexpr DType DTypeOf<uint32_t>() {
  return DType::kUInt32;
}
template <>
constexpr DType DTypeOf<uint64_t>() {
  return DType::kUInt64;
}
template <>
constexpr DType DTypeOf<bool>() {
  return DType::kBool;
}
template <>
constexpr DType DTypeOf<std::complex<float>>() {
  return DType::kComplex64;
}
template <>
constexpr DType DTypeOf<std::complex<double>>() {
  return DType::kComplex128;
}

}  // namespace cairn

#endif  // CAIRN_CORE_DTYPE_H_
