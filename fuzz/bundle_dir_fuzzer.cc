// The files of a V2 checkpoint in one input: two bytes with the size of the index, the index, the
// data. Verified strictly, then salvaged, and what holds saved again.
#include "cairn/checkpoint/repair.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/table_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t index_size = std::min<size_t>(data[0] | data[1] << 8, size - 2);
  const cairn::Bytes payload =
      std::as_bytes(std::span(data + 2 + index_size, size - 2 - index_size));
  cairn::MemoryFileSystem fs;
  (void)fs.Put("m.index", cairn::AsBytes(cairn::SealedTable(data + 2, index_size)));
  (void)fs.Put("m.data-00000-of-00001", payload);
  cairn::VerifyOptions strict;
  strict.depth = cairn::VerifyDepth::kStrict;
  strict.transfer.threads = 1;
  (void)cairn::tf_bundle::Verify(fs, "m", strict);
  cairn::RepairOptions options;
  options.save.transfer.threads = 1;
  if (!cairn::Repair(fs, "m", "new", options).ok()) return 0;
  // What a repair saves is sound, whatever it was made from.
  const auto report = cairn::tf_bundle::Verify(fs, "new", strict);
  if (!report.ok() || !report->ok()) __builtin_trap();
  return 0;
}
