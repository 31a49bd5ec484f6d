// Finds the largest element of a float32 tensor without copying it: view_tensor PATH NAME
#include <algorithm>
#include <iostream>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: view_tensor PATH NAME\n", 2;

  const cairn::Result<cairn::TensorDict> dict = cairn::Open(argv[1]);
  if (!dict.ok()) return std::cerr << dict.status().message() << "\n", 1;

  // Only tensors whose bytes are aligned can be viewed: checkpoints saved with alignment 64 always.
  const cairn::Result<cairn::TensorView<float>> view = cairn::ViewTensor<float>(*dict, argv[2]);
  if (!view.ok()) {
    std::cerr << view.status().message() << "\n" << view.status().hint() << "\n";
    return 1;
  }
  const std::span<const float> values = view->values();
  if (values.empty()) return std::cout << "no elements\n", 0;
  std::cout << "largest of " << cairn::ToString(view->shape().dims()) << ": "
            << *std::ranges::max_element(values) << "\n";
}
