// Makes a dict out of another by replacing, removing and adding tensors; nothing is read.
#ifndef CAIRN_TRANSFORM_DICT_EDITOR_H_
#define CAIRN_TRANSFORM_DICT_EDITOR_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// A tensor to be: what it is, and how its source is made when it is asked for.
struct EditedTensor {
  std::string name;
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  std::function<Result<std::shared_ptr<const TensorSource>>()> make;
};

class DictEditor {
 public:
  explicit DictEditor(TensorDict base);

  const TensorDict& base() const { return base_; }
  // Tensor i of the base is not in the result.
  void Remove(size_t i);
  // The edited tensor stands for tensor i of the base, under any name.
  void Replace(size_t i, EditedTensor tensor);
  void Add(EditedTensor tensor);

  // The dict with all edits; tensors of the base that were not edited are the same as there, and so
  // is the metadata. Errors: kArgument (two tensors of one name).
  Result<TensorDict> Build() &&;

 private:
  class Table;

  TensorDict base_;
  std::vector<bool> is_kept_;  // of the base
  std::vector<EditedTensor> edited_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_DICT_EDITOR_H_
