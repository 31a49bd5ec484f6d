// Any bytes as an npz and as an npy file, read to their ends; what an archive holds is saved again.
#include "cairn/formats/npz/npz.h"
#include "cairn/io/memory_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace npz = cairn::npz;
  cairn::MemoryFileSystem fs;
  (void)fs.Put("m", std::as_bytes(std::span(data, size)));
  cairn::VerifyOptions verify;
  verify.depth = cairn::VerifyDepth::kStrict;
  verify.transfer.threads = 1;
  (void)npz::VerifyNpz(fs, "m", verify);
  (void)npz::VerifyNpy(fs, "m", verify);
  const auto dict = npz::OpenNpz(fs, "m", {});
  for (const bool compress : {false, true}) {
    cairn::SaveOptions options;
    options.if_exists = cairn::IfExists::kReplace;
    options.compress = compress;
    options.transfer.threads = 1;
    if (!dict.ok() || !npz::SaveNpz(fs, "new", *dict, options).ok()) continue;
    const auto report = npz::VerifyNpz(fs, "new", verify);
    if (!report.ok() || !report->ok() || report->num_tensors != dict->size()) __builtin_trap();
  }
  return 0;
}
