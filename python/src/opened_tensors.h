// A checkpoint that was opened, and what its path was taken for.
#ifndef CAIRN_PYTHON_OPENED_TENSORS_H_
#define CAIRN_PYTHON_OPENED_TENSORS_H_

#include <memory>

#include "cairn/checkpoint/checkpoint.h"
#include "python/src/tensors.h"

namespace cairn::python {

struct OpenedTensors {
  Opened opened;
  std::shared_ptr<Tensors> tensors;  // those of `opened`
  std::vector<Status> warnings;      // damage that concerns no tensor
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_OPENED_TENSORS_H_
