#include "cairn/testing/slice_bytes.h"

#include "cairn/codec/sstable/table_format.h"

namespace cairn {
namespace {

void AppendSigned(std::string& key, int64_t value) {
  if (value < 64) {
    key += static_cast<char>(value ^ 0x80);
  } else {
    key += static_cast<char>((value >> 8) ^ 0xc0);
    key += static_cast<char>(value);
  }
}

}  // namespace

std::string SliceMessage(const SliceFields& slice) {
  std::string message;
  for (const auto& [start, length] : slice) {
    std::string extent;
    if (start != 0) {
      extent += '\x08';
      sstable::AppendVarint(extent, static_cast<uint64_t>(start));
    }
    if (length != -1) {
      extent += '\x10';
      sstable::AppendVarint(extent, static_cast<uint64_t>(length));
    }
    message += '\x0a';
    sstable::AppendVarint(message, extent.size());
    message += extent;
  }
  return message;
}

std::string SliceKeyBytes(const std::string& name, const SliceFields& slice) {
  std::string key(1, '\0');
  for (const char c : name) {
    key += c;
    if (c == '\0') key += '\xff';
    if (c == '\xff') key += '\0';
  }
  key += std::string("\0\x01", 2);
  key +=
      slice.empty() ? std::string(1, '\0') : std::string("\x01") + static_cast<char>(slice.size());
  for (const auto& [start, length] : slice) {
    AppendSigned(key, start);
    AppendSigned(key, length);
  }
  return key;
}

}  // namespace cairn
