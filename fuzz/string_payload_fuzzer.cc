// Any bytes as the payload of a string tensor; the first says how many strings there are.
#include "cairn/formats/tf_bundle/string_payload.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0)
    (void)cairn::tf_bundle::DecodeStrings(std::as_bytes(std::span(data + 1, size - 1)), data[0],
                                          std::nullopt);
  return 0;
}
