// A program's own arrays as a session.
#ifndef CAIRN_SESSION_MEMORY_SESSION_H_
#define CAIRN_SESSION_MEMORY_SESSION_H_

#include <initializer_list>

#include "cairn/session/session.h"

namespace cairn {

// Borrows every array: contiguous, row-major, alive and in place as long as the session is used.
// Not to be written by the program while a Snapshot of it is read or an Assignment is filled. An
// Assignment writes into the arrays themselves (no copy): one that is given up leaves them half
// written, strings as they were; Apply therefore verifies before it begins.
class MemorySession final : public Session {
 public:
  // Errors: kArgument (shape and size differ, an empty name, `:0` in it), kDuplicate.
  template <typename T>
  Status Add(std::string name, std::span<T> values, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    return Add(std::move(name), DTypeOf<T>(), std::as_writable_bytes(values),
               std::span(dims.begin(), dims.size()), collections);
  }
  // For dtypes without a C++ type; `bytes` as TensorSource's value.
  Status Add(std::string name, DType dtype, MutableBytes bytes, std::span<const int64_t> dims,
             Collections collections = {});
  // A string variable; `values` keeps its number of elements.
  Status Add(std::string name, std::vector<std::string>& values, std::span<const int64_t> dims,
             Collections collections = {});

  std::span<const Variable> variables() const override { return variables_; }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const VariableId> variables) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;

 private:
  struct Place {
    MutableBytes bytes;                           // numeric
    std::vector<std::string>* strings = nullptr;  // string
  };
  std::vector<Variable> variables_;
  std::vector<Place> places_;  // as variables_
};

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SESSION_H_
