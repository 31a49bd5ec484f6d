// The tensors that every format must give back to the bit, and how two dicts differ.
#ifndef CAIRN_TESTING_FORMAT_CONFORMANCE_H_
#define CAIRN_TESTING_FORMAT_CONFORMANCE_H_

#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/formats/format.h"

namespace cairn {

// One line about the first difference of two dicts, in names, dtypes, shapes or the bits of values,
// or the error met in reading them; "" where they are the same.
std::string Difference(const TensorDict& a, const TensorDict& b);

TensorDict NoTensors();
// Scalars, vectors, zeros among the dimensions, and a few of each.
TensorDict EveryShape();
// Every dtype that `format` can hold, by its name: elements of all kinds of bits, among them NaN of
// both kinds with payloads, -0 and denormals; strings with NUL, line feeds and bytes that are no
// UTF-8. `refused` is what it cannot hold.
TensorDict EveryDType(const Format& format, std::vector<std::string>& refused);
// Slashes, colons, blanks, quotes, characters of four bytes, and 4 KiB of a name.
TensorDict EveryName();
TensorDict ManyTensors(int count);
// A few small tensors, for damage to every byte.
TensorDict SmallTensors();
// A tensor of `nbytes` zeros, and one after it: "big" and "last".
TensorDict BigTensors(uint64_t nbytes);

}  // namespace cairn

#endif  // CAIRN_TESTING_FORMAT_CONFORMANCE_H_
