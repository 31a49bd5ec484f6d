// Guesses which tensor of a checkpoint is one of another under a new name.
#ifndef CAIRN_INSPECT_RENAME_GUESSES_H_
#define CAIRN_INSPECT_RENAME_GUESSES_H_

#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// Tensors of one dtype and one shape.
struct RenameGuess {
  size_t a = 0;  // positions in the dicts
  size_t b = 0;
  bool has_same_checksum = false;  // the stored bytes are equal as well; if not, the names are near
};

// Guesses among the tensors at `only_in_a` and `only_in_b`, each of which is in one guess at most;
// in the order of a. A pair that no other tensor of its checksum competes for comes first, then
// names of which one is the end of the other ("net/fc/W" and "fc/W"), then near names. Nothing is
// read. Near names are looked for only among so many tensors of one dtype and shape that it takes a
// fraction of a second.
std::vector<RenameGuess> GuessRenames(const TensorDict& a, const std::vector<size_t>& only_in_a,
                                      const TensorDict& b, const std::vector<size_t>& only_in_b);

}  // namespace cairn

#endif  // CAIRN_INSPECT_RENAME_GUESSES_H_
