// The program's own arrays as a session.
#ifndef CAIRN_SESSION_MEMORY_SESSION_H_
#define CAIRN_SESSION_MEMORY_SESSION_H_

#include <initializer_list>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/session/array_arguments.h"
#include "cairn/session/session.h"

namespace cairn {

// Each variable is an array of the program: contiguous, row-major. The session borrows it, so it
// must stay alive and in place as long as the session is used; a temporary does not compile (see
// array_arguments.h). The program must not write to the arrays while a Snapshot is read or an
// Assignment is filled.
//
// An Assignment writes into the arrays themselves, without a copy. If it is destroyed before
// Commit, numeric arrays may be partly overwritten, and strings keep their old values; Apply
// therefore verifies every value before it begins. A MemorySession is used by one thread.
class CAIRN_EXPORT MemorySession final : public Session {
 public:
  // Each Add makes a variable of the given dims ({} is a scalar; see Dims). Errors: kArgument (the
  // dims need another number of elements than the array has; the name is empty, ends in ":0", or is
  // taken; the dtype is resource or variant). After an error the session is as it was.
  //
  // Adds a vector, array or span of numbers. `bool` elements receive the bytes that the checkpoint
  // stores, which are 0 and 1 in every sound one.
  template <BorrowedNumbers Range>
    requires WritableRange<Range>
  Status Add(std::string name, Range&& values, Dims dims, Collections collections = {}) {
    const std::span elements(std::ranges::data(values), std::ranges::size(values));
    return Add(std::move(name), DTypeOf<std::ranges::range_value_t<Range>>(),
               std::as_writable_bytes(elements), dims, collections);
  }
  // Adds a vector of strings, whose number of elements must not change.
  Status Add(std::string name, std::vector<std::string>& values, Dims dims,
             Collections collections = {});
  // Adds one number or one string: a scalar, unless dims of one element ({1}, {1, 1}) are given.
  template <NumberType Number>
    requires(!std::is_const_v<Number>)
  Status Add(std::string name, Number& value, Collections collections = {}) {
    return Add(std::move(name), std::span(&value, 1), {}, collections);
  }
  template <NumberType Number>
    requires(!std::is_const_v<Number>)
  Status Add(std::string name, Number& value, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    return Add(std::move(name), std::span(&value, 1), dims, collections);
  }
  Status Add(std::string name, std::string& value, Collections collections = {});
  Status Add(std::string name, std::string& value, std::initializer_list<int64_t> dims,
             Collections collections = {});
  // Adds the bytes of an array of any dtype whose elements have a fixed size: row-major,
  // little-endian, one byte for each element of less than 8 bits.
  Status Add(std::string name, DType dtype, MutableBytes bytes, Dims dims,
             Collections collections = {});

  std::span<const Variable> variables() const override { return variables_; }
  // The Assignment may outlive the session, but not the arrays.
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;

  // Where the value of a variable is: the bytes of numbers, or strings.
  using Place = std::variant<MutableBytes, std::vector<std::string>*, std::string*>;

 private:
  Status AddStrings(std::string name, Place place, Dims dims, Collections collections);
  Status AddPlace(Variable variable, Place place);

  std::vector<Variable> variables_;
  std::vector<Place> places_;  // has one element for each of variables_
  std::unordered_set<std::string> names_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SESSION_H_
