// Any bytes as a safetensors file and as the index of several: verified, and what opens saved
// again.
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/io/memory_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace st = cairn::safetensors;
  cairn::MemoryFileSystem fs;
  (void)fs.Put("m.safetensors", std::as_bytes(std::span(data, size)));
  cairn::VerifyOptions strict;
  strict.depth = cairn::VerifyDepth::kStrict;
  strict.transfer.threads = 1;
  (void)st::Verify(fs, "m.safetensors", strict);
  (void)st::Salvage(fs, "m.safetensors", {});
  const auto dict = st::Open(fs, "m.safetensors", {});
  cairn::SaveOptions options;
  options.transfer.threads = 1;
  if (!dict.ok() || !st::Save(fs, "new.safetensors", *dict, options).ok()) return 0;
  const auto report = st::Verify(fs, "new.safetensors", strict);
  if (!report.ok() || !report->ok()) __builtin_trap();
  return 0;
}
