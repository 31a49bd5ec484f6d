// Any text as what ModelSaver keeps of its rules. What is written again must parse as the same.
#include "cairn/saver/retention_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = cairn::ParseRetentionRecord(text);
  if (!record.ok()) return 0;
  const std::string written = cairn::FormatRetentionRecord(*record);
  const auto again = cairn::ParseRetentionRecord(written);
  if (!again.ok() || cairn::FormatRetentionRecord(*again) != written) __builtin_trap();
  (void)cairn::PruneValues(record->rules, record->values);
  return 0;
}
