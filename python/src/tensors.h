// The tensors of a checkpoint, and which of them were verified already.
#ifndef CAIRN_PYTHON_TENSORS_H_
#define CAIRN_PYTHON_TENSORS_H_

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <string>

#include "cairn/core/tensor_dict.h"

namespace cairn::python {

// A dict of tensors as Python holds it: opened from files, or made of another. Safe to use from
// several threads at once.
class Tensors {
 public:
  // `path` is for messages about tensors that are not there; empty if there are no files.
  explicit Tensors(TensorDict dict, std::string path = {});

  const TensorDict& dict() const { return dict_; }
  const std::string& path() const { return path_; }

  // Whether the checksum of tensor `i` was compared with its mapped bytes. A view is verified when
  // it is made for the first time.
  bool is_verified(size_t i) const { return verified_[i].load(std::memory_order_relaxed); }
  void set_verified(size_t i) const { verified_[i].store(true, std::memory_order_relaxed); }

  // Returns the position of the tensor `name`, a str or bytes. Raises MissingTensorError.
  size_t PositionOf(nanobind::handle name) const;
  // Returns the source of tensor `i`. Raises what keeps it from being read.
  std::shared_ptr<const TensorSource> SourceOf(size_t i) const;

 private:
  TensorDict dict_;
  std::string path_;
  std::unique_ptr<std::atomic<bool>[]> verified_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_TENSORS_H_
