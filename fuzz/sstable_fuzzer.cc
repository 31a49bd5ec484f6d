// Any file as an SSTable. Its blocks are sealed first, or a checksum would end every attempt.
#include "cairn/codec/sstable/table_reader.h"
#include "cairn/testing/table_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto table =
      cairn::sstable::TableReader::Open(cairn::OpenBytes(cairn::SealedTable(data, size)));
  if (table.ok())
    (void)table->ForEach([](std::string_view, cairn::Bytes) { return cairn::Status(); });
  return 0;
}
