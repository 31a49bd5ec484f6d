// Any bytes as an npz and as an npy file, read to their ends.
#include "cairn/formats/npz/npz.h"
#include "cairn/io/memory_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cairn::MemoryFileSystem fs;
  (void)fs.Put("m", std::as_bytes(std::span(data, size)));
  cairn::VerifyOptions options;
  options.transfer.threads = 1;
  (void)cairn::npz::VerifyNpz(fs, "m", options);
  (void)cairn::npz::VerifyNpy(fs, "m", options);
  return 0;
}
