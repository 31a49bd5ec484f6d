// The files of a V2 checkpoint in one input: two bytes with the size of the index, the index, the
// data. Verified strictly, then salvaged, and what holds saved again. The top bit of the size says
// whether the checksums of the entries are mended, too.
#include "cairn/checkpoint/repair.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/table_bytes.h"
#include "fuzz/sealed_entries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t index_size = std::min<size_t>(data[0] | (data[1] & 0x7f) << 8, size - 2);
  const cairn::Bytes payload =
      std::as_bytes(std::span(data + 2 + index_size, size - 2 - index_size));
  cairn::MemoryFileSystem fs;
  std::string index = cairn::SealedTable(data + 2, index_size);
  if ((data[1] & 0x80) != 0) index = cairn::WithSealedEntries(index, payload);
  (void)fs.Put("m.index", cairn::AsBytes(index));
  (void)fs.Put("m.data-00000-of-00001", payload);
  cairn::VerifyOptions strict;
  strict.depth = cairn::VerifyDepth::kStrict;
  strict.transfer.threads = 1;
  (void)cairn::tf_bundle::Verify(fs, "m", strict);
  cairn::RepairOptions options;
  options.save.transfer.threads = 1;
  if (!cairn::Repair(fs, "m", "new", options).ok()) return 0;
  // A repaired checkpoint is sound, whatever it was made from, or marked as a partial rescue.
  const auto report = cairn::tf_bundle::Verify(fs, "new", strict);
  if (!report.ok()) __builtin_trap();
  for (const cairn::Finding& finding : report->findings)
    if (finding.error.reason() != cairn::Reason::kPartial) __builtin_trap();
  return 0;
}
