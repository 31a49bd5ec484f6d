// The random generator of libtorch, as a part of what a run saves.
#ifndef CAIRN_ENGINES_TORCH_TORCH_GENERATOR_H_
#define CAIRN_ENGINES_TORCH_TORCH_GENERATOR_H_

#include <iosfwd>

#include "cairn/core/export.h"

namespace cairn {

// Stands for the generator of the CPU that torch::manual_seed seeds, and that dropout, torch::randn
// and every other function use that is given no generator:
//
//   cairn::TorchGenerator generator;
//   components.AddGenerator("torch", generator);
class TorchGenerator {};

// Writes the whole state of the generator as one word, or fails.
CAIRN_EXPORT std::ostream& operator<<(std::ostream& out, const TorchGenerator& generator);
// Takes such a word, which must be all that is left. If it is not, `in` fails and the generator
// stays as it is.
CAIRN_EXPORT std::istream& operator>>(std::istream& in, TorchGenerator& generator);

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_TORCH_GENERATOR_H_
