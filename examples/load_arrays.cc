// Loads all variables of a checkpoint at once and shows how large they are: load_arrays PATH
#include <cmath>
#include <iostream>
#include <numeric>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: load_arrays PATH\n", 2;

  const auto loaded = cairn::LoadArrays(argv[1]);
  if (!loaded.ok()) return std::cerr << loaded.status().message() << "\n", 1;
  const cairn::LoadedArrays& arrays = **loaded;

  for (const cairn::Variable& variable : arrays.variables()) {
    std::cout << cairn::Escape(variable.name) << "  " << cairn::Name(variable.dtype)
              << cairn::ToString(variable.dims)
              << (variable.collections.trainable ? "  norm " : "");
    // Another type than the variable has would be an error; std::byte takes every dtype of numbers.
    const cairn::Result<std::span<const float>> values = arrays.values<float>(variable.name);
    if (values.ok()) {
      std::cout << std::sqrt(
          std::inner_product(values->begin(), values->end(), values->begin(), 0.0));
    }
    std::cout << "\n";
  }
}
