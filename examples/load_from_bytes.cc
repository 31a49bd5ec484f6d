// Loads a checkpoint from bytes in memory, and saves its tensors to bytes: load_from_bytes FILE
#include <fstream>
#include <iostream>
#include <iterator>

#include "cairn/cairn.h"

// Returns the tensors of a checkpoint that is one file: safetensors, npz or npy. The content tells
// which, so any name will do.
cairn::Result<cairn::TensorDict> Load(cairn::Bytes content) {
  cairn::MemoryFileSystem memory;
  CAIRN_RETURN_IF_ERROR(memory.Put("model", content));
  return cairn::Open(memory, "model");  // the dict keeps the bytes alive
}

// Returns the bytes of a new npz file.
cairn::Result<std::vector<std::byte>> SaveNpz(const cairn::TensorDict& dict) {
  cairn::MemoryFileSystem memory;
  CAIRN_RETURN_IF_ERROR(cairn::Save(memory, "model.npz", dict).status());
  return memory.Get("model.npz");
}

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: load_from_bytes FILE\n", 2;

  // In a real program the bytes come from a network, a database or an archive.
  std::ifstream file(argv[1], std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});

  const cairn::Result<cairn::TensorDict> dict = Load(cairn::AsBytes(content));
  if (!dict.ok()) return std::cerr << dict.status().message() << "\n", 1;
  for (const cairn::TensorInfo& tensor : *dict) {
    std::cout << cairn::Escape(tensor.name) << "  " << cairn::Name(tensor.dtype)
              << cairn::ToString(tensor.dims) << "\n";
  }

  const cairn::Result<std::vector<std::byte>> npz = SaveNpz(*dict);
  if (!npz.ok()) return std::cerr << npz.status().message() << "\n", 1;
  std::cout << npz->size() << " bytes as npz\n";
}
