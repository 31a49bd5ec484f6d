#include "cairn/formats/safetensors/json_checksum.h"

#include <optional>

#include "cairn/core/bytes.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn::safetensors {
namespace {

// Returns the place of the digits. A name or a text cannot look like the key, since quotes in them
// are escaped.
std::optional<size_t> FindDigits(std::string_view json) {
  for (const std::string_view between : {"\":\"", "\": \""}) {
    const std::string before = "\"" + std::string(kJsonChecksumKey) + std::string(between);
    const size_t at = json.find(before);
    if (at == json.npos || json.size() - at - before.size() < kNoDigits.size()) continue;
    return at + before.size();
  }
  return std::nullopt;
}

std::string DigitsFor(std::string_view json, size_t digits_at) {
  const Checksum::Kind kind = Checksum::Kind::kCrc32c;
  uint32_t checksum = ExtendChecksum(kind, 0, AsBytes(json.substr(0, digits_at)));
  checksum = ExtendChecksum(kind, checksum, AsBytes(kNoDigits));
  checksum = ExtendChecksum(kind, checksum, AsBytes(json.substr(digits_at + kNoDigits.size())));
  return Hex(checksum).substr(2);
}

}  // namespace

void SetJsonChecksum(std::string& json) {
  const size_t at = *FindDigits(json);
  json.replace(at, kNoDigits.size(), DigitsFor(json, at));
}

Status CheckJsonChecksum(std::string_view json, std::string_view digits) {
  const std::optional<size_t> at = FindDigits(json);
  const std::string computed = at ? DigitsFor(json, *at) : "";
  if (computed == digits) return {};
  return Status(Reason::kCrc, "the JSON is not as it was written: checksum " +
                                  (at ? "0x" + computed : "unknown") + ", expected " +
                                  Quoted(digits));
}

}  // namespace cairn::safetensors
