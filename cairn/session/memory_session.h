// A program's own arrays as a session.
#ifndef CAIRN_SESSION_MEMORY_SESSION_H_
#define CAIRN_SESSION_MEMORY_SESSION_H_

#include <initializer_list>
#include <unordered_set>

#include "cairn/session/session.h"

namespace cairn {

// Borrows every array: contiguous, row-major, alive and in place as long as the session is used.
// Not to be written by the program while a Snapshot of it is read or an Assignment is filled. An
// Assignment writes into the arrays themselves (no copy): one that is given up leaves them half
// written, strings as they were; Apply therefore verifies before it begins. Used by one thread.
class MemorySession final : public Session {
 public:
  // Errors of all: kArgument (shape and size differ, an empty name, ":0" at its end), kDuplicate,
  // kDType (resource, variant). A `bool` array takes bytes as they are stored: 0 and 1 in every
  // sound checkpoint.
  template <typename T>
  Status Add(std::string name, std::span<T> values, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    return Add(std::move(name), DTypeOf<T>(), std::as_writable_bytes(values),
               std::span(dims.begin(), dims.size()), collections);
  }
  // The vector keeps its size and place as long as the session is used.
  template <typename T>
  Status Add(std::string name, std::vector<T>& values, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    return Add(std::move(name), std::span<T>(values), dims, collections);
  }
  // For dtypes without a C++ type; `bytes` as TensorSource's value.
  Status Add(std::string name, DType dtype, MutableBytes bytes, std::span<const int64_t> dims,
             Collections collections = {});
  // A string variable; `values` keeps its number of elements.
  Status Add(std::string name, std::vector<std::string>& values, std::span<const int64_t> dims,
             Collections collections = {});
  Status Add(std::string name, std::vector<std::string>& values,
             std::initializer_list<int64_t> dims, Collections collections = {}) {
    return Add(std::move(name), values, std::span(dims.begin(), dims.size()), collections);
  }

  std::span<const Variable> variables() const override { return variables_; }
  // The Assignment may outlive the session, not the arrays.
  Result<std::unique_ptr<Assignment>> Begin(std::span<const VariableId> variables) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;

  // Where the value of a variable is.
  struct Place {
    MutableBytes bytes;                           // numeric
    std::vector<std::string>* strings = nullptr;  // string
  };

 private:
  Status AddPlace(Variable variable, Place place);

  std::vector<Variable> variables_;
  std::vector<Place> places_;  // as variables_
  std::unordered_set<std::string> names_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SESSION_H_
