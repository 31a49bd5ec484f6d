#include "tests/support/value_hash.h"

#include <algorithm>
#include <array>

#include <nettle/sha2.h>

namespace cairn::testing {
namespace {

class Sha256 {
 public:
  Sha256() { sha256_init(&state_); }

  void Add(Bytes bytes) {
    sha256_update(&state_, bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
  }

  std::string HexDigest() {
    std::array<uint8_t, SHA256_DIGEST_SIZE> digest;
    sha256_digest(&state_, digest.size(), digest.data());
    std::string text;
    for (uint8_t byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

 private:
  sha256_ctx state_;
};

Result<std::string> HashOfStrings(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source.ReadStrings());
  Sha256 hash;
  for (size_t i = 0; i < strings.size(); ++i) {
    std::byte length[8];
    StoreLittleEndian<uint64_t>(length, strings[i].size());
    hash.Add(length);
    hash.Add(AsBytes(strings[i]));
  }
  return hash.HexDigest();
}

}  // namespace

Result<std::string> HashOfValue(const TensorSource& source) {
  if (source.dtype() == DType::kString) return HashOfStrings(source);
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source.OpenStream());
  // Small and odd, so that even the corpus' small tensors come in several pieces.
  std::array<std::byte, 997> scratch;
  Sha256 hash;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
    if (piece.empty()) return hash.HexDigest();
    hash.Add(piece);
  }
}

Result<std::string> HashByReadAt(const TensorSource& source) {
  std::array<std::byte, 61> buffer;
  Sha256 hash;
  for (uint64_t done = 0; done < source.nbytes();) {
    const auto piece =
        std::span(buffer).first(std::min<uint64_t>(buffer.size(), source.nbytes() - done));
    CAIRN_RETURN_IF_ERROR(source.ReadAt(done, piece));
    hash.Add(piece);
    done += piece.size();
  }
  return hash.HexDigest();
}

Result<std::string> HashOfExtent(const Extent& extent) {
  Sha256 hash;
  if (const Bytes mapped = extent.file->mapped(); !mapped.empty()) {
    hash.Add(mapped.subspan(extent.offset, extent.nbytes));
    return hash.HexDigest();
  }
  std::vector<std::byte> bytes(extent.nbytes);
  CAIRN_RETURN_IF_ERROR(extent.file->ReadAt(extent.offset, bytes));
  hash.Add(bytes);
  return hash.HexDigest();
}

}  // namespace cairn::testing
