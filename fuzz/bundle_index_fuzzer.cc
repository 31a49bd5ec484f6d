// Any file as the index of a bundle. Its blocks are sealed first, or a checksum would end every
// attempt.
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/testing/table_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)cairn::tf_bundle::BundleIndex::Read(cairn::OpenBytes(cairn::SealedTable(data, size)), {});
  return 0;
}
