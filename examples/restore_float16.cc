// Restores a file of float16 arrays, as model zoos publish them, into float32 arrays:
//   restore_float16 FILE
#include <iostream>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: restore_float16 FILE\n", 2;

  std::vector<float> weights(6), bias(2);
  cairn::MemorySession session;
  for (const cairn::Status& added :
       {session.Add("fc/W", weights, {3, 2}), session.Add("fc/b", bias, {2})}) {
    if (!added.ok()) return std::cerr << added.message() << "\n", 1;
  }

  // The values of a .npz or .safetensors file get the dtype of their variable, with a warning;
  // those of a checkpoint do so only if the rules are relaxed: SaverRestoreRelaxed.
  const auto loader = cairn::GetModelLoader(argv[1]);
  if (!loader.ok()) return std::cerr << loader.status().message() << "\n", 1;
  const cairn::Result<cairn::RestorePlan> plan = (*loader)->Init(session);
  if (!plan.ok()) return std::cerr << plan.status().message() << "\n", 1;
  for (const std::string& warning : plan->warnings) std::cout << "warning: " << warning << "\n";
  std::cout << "last weight " << weights.back() << ", first bias " << bias.front() << "\n";
}
