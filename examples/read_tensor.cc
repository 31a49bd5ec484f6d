// Reads one float32 tensor into memory and prints its sum: read_tensor PATH NAME
#include <iostream>
#include <numeric>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: read_tensor PATH NAME\n", 2;

  const cairn::Result<cairn::TensorDict> dict = cairn::Open(argv[1]);
  if (!dict.ok()) return std::cerr << dict.status().message() << "\n", 1;

  // The checksum is compared on the way; another dtype than float is an error.
  const cairn::Result<std::vector<float>> values = cairn::ReadTensor<float>(*dict, argv[2]);
  if (!values.ok()) {
    std::cerr << values.status().message() << "\n" << values.status().hint() << "\n";
    return 1;
  }
  std::cout << values->size() << " elements, sum "
            << std::accumulate(values->begin(), values->end(), 0.0) << "\n";
}
