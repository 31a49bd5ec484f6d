// Lists the tensors of a checkpoint: open_and_list PATH
#include <iostream>

#include "cairn/cairn.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: open_and_list PATH\n", 2;

  const cairn::Result<cairn::TensorDict> dict = cairn::Open(argv[1]);
  if (!dict.ok()) return std::cerr << dict.status().message() << "\n", 1;

  for (const cairn::TensorInfo& tensor : *dict) {
    std::cout << cairn::Escape(tensor.name) << "  " << cairn::Name(tensor.dtype)
              << cairn::ToString(tensor.dims) << "  " << tensor.nbytes << " bytes\n";
  }
}
