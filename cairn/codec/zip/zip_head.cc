#include "cairn/codec/zip/zip_head.h"

#include "cairn/codec/zip/zip_format.h"
#include "cairn/core/bytes.h"

namespace cairn {

std::optional<std::string_view> FirstZipMember(std::string_view head) {
  constexpr size_t kNameLengthAt = 26;
  if (head.size() < sizeof(uint32_t)) return std::nullopt;
  const std::byte* bytes = AsBytes(head).data();
  const auto magic = LoadLittleEndian<uint32_t>(bytes);
  if (magic == zip::kEndMagic) return "";
  if (magic != zip::kLocalMagic || head.size() < zip::kLocalNbytes) return std::nullopt;
  return head.substr(zip::kLocalNbytes, LoadLittleEndian<uint16_t>(bytes + kNameLengthAt));
}

}  // namespace cairn
