#include "cairn/codec/npy_header.h"

namespace cairn {
namespace {

constexpr size_t kAlignment = 64;

// "()", "(3,)", "(2, 3)"
std::string TupleOf(std::span<const int64_t> dims) {
  std::string text = "(";
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i > 0 ? " " : "") + std::to_string(dims[i]) + (i + 1 < dims.size() ? "," : "");
  return text + (dims.size() == 1 ? ",)" : ")");
}

}  // namespace

std::string NpyDescr(DType dtype) {
  const DTypeInfo& info = InfoOf(dtype);
  return info.numpy.empty() ? "|V" + std::to_string(info.nbytes) : std::string(info.numpy);
}

std::string NpyDescr(const TensorInfo& info) {
  if (info.dtype == DType::kInt64) {
    constexpr std::pair<std::string_view, std::string_view> kTimes[] = {{"datetime64", "<M8"},
                                                                        {"timedelta64", "<m8"}};
    for (const auto& [type, descr] : kTimes) {
      if (info.stored_as.starts_with(type))
        return std::string(descr) + std::string(info.stored_as.substr(type.size()));
    }
  }
  return NpyDescr(info.dtype);
}

std::string EncodeNpyHeader(std::string_view descr, std::span<const int64_t> dims) {
  std::string dict = "{'descr': '" + std::string(descr) +
                     "', 'fortran_order': False, 'shape': " + TupleOf(dims) + ", }";
  std::string header("\x93NUMPY\x01\x00\x00\x00", 10);
  // kMaxRank dimensions of 20 digits stay far below the 65,535 bytes that version 1.0 can say.
  const size_t used = header.size() + dict.size() + 1;
  dict.append((kAlignment - used % kAlignment) % kAlignment, ' ').append("\n");
  header[8] = static_cast<char>(dict.size() & 0xff);
  header[9] = static_cast<char>(dict.size() >> 8);
  return header + dict;
}

}  // namespace cairn
