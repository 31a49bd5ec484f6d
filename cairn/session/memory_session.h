// A program's own arrays as a session.
#ifndef CAIRN_SESSION_MEMORY_SESSION_H_
#define CAIRN_SESSION_MEMORY_SESSION_H_

#include <initializer_list>
#include <ranges>
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
  //
  // A vector, array or span of numbers, which keeps its size and place as long as the session is
  // used.
  template <std::ranges::contiguous_range Range>
    requires std::ranges::borrowed_range<Range>
  Status Add(std::string name, Range&& values, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    const std::span elements(std::ranges::data(values), std::ranges::size(values));
    return Add(std::move(name), DTypeOf<std::ranges::range_value_t<Range>>(),
               std::as_writable_bytes(elements), std::span(dims.begin(), dims.size()), collections);
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
