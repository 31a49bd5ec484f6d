// A checksum of JSON as it stands in its file, that is a part of that JSON:
//
//   "cairn.json_crc32c": "EIGHT HEX DIGITS"    the CRC-32C with zeros in the place of the digits
//
// It covers what changes no value, such as blanks and the case of hex digits.
#ifndef CAIRN_FORMATS_SAFETENSORS_JSON_CHECKSUM_H_
#define CAIRN_FORMATS_SAFETENSORS_JSON_CHECKSUM_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn::safetensors {

inline constexpr std::string_view kJsonChecksumKey = "cairn.json_crc32c";
// The text of the key before SetJsonChecksum.
inline constexpr std::string_view kNoDigits = "00000000";

// Puts the digits into JSON that has the key with kNoDigits, once.
void SetJsonChecksum(std::string& json);

// Whether the JSON is what it was when the key got this text. Errors: kCrc.
Status CheckJsonChecksum(std::string_view json, std::string_view digits);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_JSON_CHECKSUM_H_
