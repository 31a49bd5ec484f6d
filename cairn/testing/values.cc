#include "cairn/testing/values.h"

#include "cairn/io/checksum.h"
#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

std::shared_ptr<const TensorSource> MakeSource(DType dtype, std::initializer_list<int64_t> dims,
                                               Bytes bytes, uint32_t crc) {
  auto shape = Shape::Make(dims);
  if (!shape.ok()) return nullptr;
  auto file = std::make_shared<MemoryFile>(std::vector(bytes.begin(), bytes.end()), "memory");
  const Checksum checksum{Checksum::Kind::kCrc32c, crc};
  auto source =
      ExtentSource::Make(dtype, *std::move(shape), {std::move(file), 0, bytes.size(), checksum});
  return source.ok() ? *source : nullptr;
}

}  // namespace

TensorDict DictOf(
    std::vector<std::pair<std::string, std::shared_ptr<const TensorSource>>> tensors) {
  TensorDict::Builder builder;
  for (auto& [name, source] : tensors) builder.Add(name, std::move(source));
  return *builder.Build();
}

std::shared_ptr<const TensorSource> SourceOfBytes(DType dtype, std::initializer_list<int64_t> dims,
                                                  Bytes bytes) {
  return MakeSource(dtype, dims, bytes, Crc32c(bytes));
}

std::shared_ptr<const TensorSource> DamagedSourceOfBytes(DType dtype,
                                                         std::initializer_list<int64_t> dims,
                                                         Bytes bytes) {
  return MakeSource(dtype, dims, bytes, ~Crc32c(bytes));
}

Result<std::vector<std::byte>> ReadStream(const TensorSource& source, size_t piece_nbytes) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source.OpenStream());
  std::vector<std::byte> scratch(piece_nbytes);
  std::vector<std::byte> value;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
    if (piece.empty()) return value;
    value.insert(value.end(), piece.begin(), piece.end());
  }
}

Result<std::string> ReadAsText(const TensorDict& dict, std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.Get(name));
  if (ElementNbytes(source->dtype()) != 0) {
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadStream(*source));
    return std::string(AsText(bytes));
  }
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings());
  std::string text;
  for (size_t i = 0; i < strings.size(); ++i) text.append(strings[i]).append("|");
  return text;
}

}  // namespace cairn
