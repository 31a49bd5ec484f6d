// Renames the tensors of a checkpoint and halves its size: float32 becomes bfloat16.
//   convert_floats PATH NEW_PATH
#include <iostream>

#include "cairn/cairn.h"

cairn::Result<cairn::SaveReport> Convert(const char* path, const char* new_path) {
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict dict, cairn::Open(path));
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict renamed,
                         cairn::Rename(dict, {.exclude = {"**/Adam*"}, .rename = {"fc/=head/"}}));
  // Nothing is read before the save, which needs little memory however large the tensors are.
  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict converted,
                         cairn::EditTensors(renamed, {.dtype = {"bfloat16"}}));
  return cairn::Save(new_path, converted);
}

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: convert_floats PATH NEW_PATH\n", 2;

  const cairn::Result<cairn::SaveReport> saved = Convert(argv[1], argv[2]);
  if (!saved.ok()) return std::cerr << saved.status().message() << "\n", 1;

  const cairn::Result<cairn::TensorDict> dict = cairn::Open(argv[2]);
  if (!dict.ok()) return std::cerr << dict.status().message() << "\n", 1;
  for (const cairn::TensorInfo& tensor : *dict) {
    // From bfloat16 to float no value changes; ReadTensor would refuse another dtype than float32.
    const cairn::Result<std::vector<float>> values = cairn::ReadTensorAs<float>(*dict, tensor.name);
    std::cout << cairn::Escape(tensor.name) << "  " << cairn::Name(tensor.dtype);
    if (values.ok() && !values->empty()) std::cout << "  first value " << values->front();
    std::cout << "\n";
  }
}
