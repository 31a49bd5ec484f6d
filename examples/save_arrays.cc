// Saves arrays as a checkpoint that TensorFlow restores: save_arrays PREFIX
#include <iostream>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: save_arrays PREFIX\n", 2;

  const std::vector<float> weights = {1, 2, 3, 4, 5, 6};
  const std::array<float, 2> bias = {0.25f, -0.25f};
  const std::vector<std::string> labels = {"cat", "dog"};
  const int64_t step = 100;

  const std::map<std::string, cairn::Array> arrays = {
      {"fc/W", {weights, {3, 2}}},
      {"fc/b", {bias, {2}}},
      {"labels", {labels, {2}}},
      {"global_step", step},
  };
  // With an alignment of 64 the tensors can be viewed in place later.
  const cairn::Result<cairn::SaveReport> saved =
      cairn::SaveArrays(argv[1], arrays, {.alignment = 64});
  if (!saved.ok()) return std::cerr << saved.status().message() << "\n", 1;
  std::cout << saved->num_tensors << " tensors, " << saved->nbytes << " bytes\n";
  for (const std::string& file : saved->files) std::cout << file << "\n";
}
