// Any file as a V1 checkpoint: verified, and each tensor read. Its blocks are sealed first, or a
// checksum would end every attempt.
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/table_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cairn::MemoryFileSystem fs;
  (void)fs.Put("m", cairn::AsBytes(cairn::SealedTable(data, size)));
  cairn::VerifyOptions options;
  options.depth = cairn::VerifyDepth::kStrict;
  options.transfer.threads = 1;
  (void)cairn::tf_v1::Verify(fs, "m", options);
  return 0;
}
