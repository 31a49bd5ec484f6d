// The SHA-256 of a tensor's value, as data/expected/README.md of the corpus defines it: the bytes
// in row-major order, little-endian, one byte an element for types below 8 bits; for strings, of
// every element its length (8 bytes, little-endian), then its bytes.
#ifndef CAIRN_TESTS_SUPPORT_VALUE_HASH_H_
#define CAIRN_TESTS_SUPPORT_VALUE_HASH_H_

#include <string>

#include "cairn/core/tensor_source.h"

namespace cairn::testing {

// Returns the hash of the bytes of the stream, or of the strings: checked. Errors: those of the
// source.
Result<std::string> HashOfValue(const TensorSource& source);

// Returns the hash of a numeric tensor's bytes, fetched by ReadAt in chunks of odd sizes:
// unchecked. Errors: those of the source.
Result<std::string> HashByReadAt(const TensorSource& source);

// Returns the hash of the bytes of the file that `extent` names, through the mapping if there is
// one.
Result<std::string> HashOfExtent(const Extent& extent);

}  // namespace cairn::testing

#endif  // CAIRN_TESTS_SUPPORT_VALUE_HASH_H_
