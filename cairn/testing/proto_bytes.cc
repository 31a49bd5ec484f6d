#include "cairn/testing/proto_bytes.h"

#include "cairn/codec/sstable/table_format.h"

namespace cairn {

void AppendNumberField(std::string& message, uint32_t field, int64_t value) {
  sstable::AppendVarint(message, field << 3);
  sstable::AppendVarint(message, static_cast<uint64_t>(value));
}

void AppendMessageField(std::string& message, uint32_t field, std::string_view value) {
  sstable::AppendVarint(message, field << 3 | 2);
  sstable::AppendVarint(message, value.size());
  message += value;
}

std::string ShapeMessage(const std::vector<int64_t>& dims) {
  std::string shape;
  for (const int64_t dim : dims) {
    std::string size;
    if (dim != 0) AppendNumberField(size, 1, dim);
    AppendMessageField(shape, 2, size);
  }
  return shape;
}

}  // namespace cairn
