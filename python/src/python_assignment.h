// New values on their way into the variables of a model of Python.
#ifndef CAIRN_PYTHON_PYTHON_ASSIGNMENT_H_
#define CAIRN_PYTHON_PYTHON_ASSIGNMENT_H_

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/session/session.h"
#include "python/src/memory.h"
#include "python/src/python_errors.h"

namespace cairn::python {

// Fills memory that is shared in place; the other values lie in new memory until Commit, which
// hands them to the adapter as arrays of numpy, in one call.
class PythonAssignment final : public Assignment {
 public:
  // Borrows `errors`. The caller holds the GIL.
  PythonAssignment(nanobind::object adapter, PythonErrors& errors)
      : adapter_(std::move(adapter)), errors_(errors) {}
  ~PythonAssignment() override;

  // Adds a value that is filled into shared memory.
  void AddInPlace(Memory memory);
  // Adds a value that the adapter assigns. Errors: kNoMemory.
  Status Add(const Variable& variable, std::vector<int64_t> dims);

  bool fills_in_place() const override;
  MutableBytes buffer(size_t i) override { return values_[i].memory.bytes(); }
  void SetStrings(size_t i, StringTensor value) override { values_[i].strings = std::move(value); }
  Status Commit() override;

 private:
  struct Value {
    bool is_in_place = false;
    std::string name = {};
    DType dtype = DType::kInvalid;
    std::vector<int64_t> dims = {};
    Memory memory = {};  // empty for strings
    std::optional<StringTensor> strings = {};
  };

  nanobind::dict NewArrays();

  nanobind::object adapter_;
  PythonErrors& errors_;
  std::vector<Value> values_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_PYTHON_ASSIGNMENT_H_
