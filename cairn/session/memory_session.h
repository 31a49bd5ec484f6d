// The program's own arrays as a session.
#ifndef CAIRN_SESSION_MEMORY_SESSION_H_
#define CAIRN_SESSION_MEMORY_SESSION_H_

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/session/array_arguments.h"
#include "cairn/session/freeze_gate.h"
#include "cairn/session/memory_place.h"
#include "cairn/session/session.h"

namespace cairn {

// Each variable is an array of the program: contiguous, row-major. The session borrows it, so it
// must stay alive and in place as long as the session is used; a temporary does not compile (see
// array_arguments.h).
//
//   session.Add("fc/W", weights, {3, 2});     a vector, array or span of numbers, or of std::string
//   session.Add("step", step);                a number or a std::string: a scalar
//   session.Add("emb", rows, {-1, 300});      a vector that gets as many rows as its value has
//   session.Add("fc/W", matrix);              an Eigen matrix: include cairn/session/eigen.h
//
// An Assignment writes into the arrays themselves, without a copy, so that numbers may be partly
// overwritten if it is destroyed before Commit; Apply therefore verifies every value before it
// begins. Strings, and arrays with a dimension of -1, get their new values at Commit, all or none.
//
// Threads. Every function but Add only reads the session: several threads may call them at once,
// and Add must not run at the same time, nor while the span of variables() is used. Dicts and
// Assignments that the session returned do not use it, so that other threads may read and fill them
// while it is used, even by Add; the buffers of one Assignment may be filled by several threads.
// They do use the arrays:
//   a dict reads its arrays: nobody may write to them meanwhile;
//   an Assignment writes to its buffers, and Commit to all its arrays: nobody else may use them
//   meanwhile, nor call Snapshot or DimsOf for these variables during Commit.
//
// Frozen variables. A program that asks the session before it changes an array may say so with
// AllowFreezing. A background save with ModelSaverOptions::copy_budget then writes arrays from
// where they are, and each may be changed as soon as it is written:
//
//   session.WaitUntilReleased(id);   before one array is changed
//   session.WaitUntilReleased();     before all are: after the gradients of a step are computed,
//   say
//
// A program that computes the next value of an array into a second one, and then swaps the two
// vectors, adds them with a dimension of -1 and asks before it writes into the second one. It waits
// only where the array was frozen a step before, and is still not written.
class CAIRN_EXPORT MemorySession final : public Session {
 public:
  // Each Add makes a variable of the given dims ({} is a scalar; see Dims). Errors: kArgument (the
  // dims need another number of elements than the array has; the name is empty, ends in ":0", or is
  // taken; the dtype is resource or variant; a dimension is -1 and the array cannot grow). After an
  // error the session is as it was.
  //
  // Adds a vector, array or span of numbers. `bool` elements receive the bytes that the checkpoint
  // stores, which are 0 and 1 in every sound one.
  template <BorrowedNumbers Range>
    requires WritableRange<Range>
  Status Add(std::string name, Range&& values, Dims dims, Collections collections = {}) {
    if constexpr (ResizableArray<Range>) {
      if (HasUnknown(dims)) return AddGrowing(std::move(name), values, dims, collections);
    }
    const std::span elements(std::ranges::data(values), std::ranges::size(values));
    return Add(std::move(name), DTypeOf<std::ranges::range_value_t<Range>>(),
               std::as_writable_bytes(elements), dims, collections);
  }
  // Adds a vector of strings. Without a dimension of -1 its number of elements must not change.
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
  // Adds an array that knows its dims, or with other dims of as many elements. Errors: also
  // kArgument (its elements are not contiguous).
  template <WritableShapedArray Shaped>
  Status Add(std::string name, Shaped&& array, Collections collections = {}) {
    const std::vector<int64_t> dims = ArrayTraits<std::remove_cvref_t<Shaped>>::DimsOf(array);
    return AddShaped(std::move(name), array, dims, collections);
  }
  template <WritableShapedArray Shaped>
  Status Add(std::string name, Shaped&& array, std::initializer_list<int64_t> dims,
             Collections collections = {}) {
    return AddShaped(std::move(name), array, dims, collections);
  }
  // Adds the bytes of an array of any dtype whose elements have a fixed size: row-major,
  // little-endian, one byte for each element of less than 8 bits.
  Status Add(std::string name, DType dtype, MutableBytes bytes, Dims dims,
             Collections collections = {});

  // The dims in variables() are those that were given to Add, -1 included.
  std::span<const Variable> variables() const override { return variables_; }
  // Returns the variable of this name. Errors: kMissing, with the nearest names as hint.
  Result<VariableId> Find(std::string_view name) const;
  // Returns the dims of the value that a variable has now. Errors: those of Find; kArgument (the
  // program gave its array a size that its dims do not have).
  Result<std::vector<int64_t>> DimsOf(std::string_view name) const;

  // From now on the program changes no element of an array, and no size, before it has called
  // WaitUntilReleased for its variable. Call it before threads use the session.
  void AllowFreezing();
  // Whether the array of the variable must stay as it is for now.
  bool IsFrozen(VariableId variable) const { return gate_ && gate_->IsFrozen(variable); }
  // Waits until the array of the variable may be changed, or those of all variables. Nobody may
  // freeze them again at the same time.
  void WaitUntilReleased(VariableId variable) const;
  void WaitUntilReleased() const;
  // What it returns may outlive the session, but not the arrays. Errors: also kUnsupported
  // (AllowFreezing was not called).
  Result<std::unique_ptr<FrozenVariables>> Freeze(std::span<const VariableId> variables) override;

  // Waits until the variables are released. A dimension of -1 can have any size. With such a
  // dimension the new value lies in an array of
  // its own, which is moved into that of the program at Commit: its elements are elsewhere then.
  // The Assignment may outlive the session, but not the arrays.
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;

 private:
  static bool HasUnknown(Dims dims);
  static Status NotOfThisType(const std::string& name, Dims dims);

  template <ResizableArray Resizable>
  Status AddGrowing(std::string name, Resizable& array, Dims dims, Collections collections) {
    if (!ArrayTraits<Resizable>::CanHave(dims.values())) return NotOfThisType(name, dims);
    return AddPlace(std::move(name), DTypeOfElements<Resizable>(), dims, collections,
                    std::make_shared<GrowingPlace<Resizable>>(array));
  }
  template <typename Shaped>
  Status AddShaped(std::string name, Shaped& array, Dims dims, Collections collections) {
    if constexpr (ResizableArray<Shaped>) {
      if (HasUnknown(dims)) return AddGrowing(std::move(name), array, dims, collections);
    }
    CAIRN_ASSIGN_OR_RETURN(const auto elements,
                           ArrayTraits<Shaped>::ElementsOf(array).In("variable '" + name + "'"));
    return Add(std::move(name), elements, dims, collections);
  }
  Status AddPlace(std::string name, DType dtype, Dims dims, Collections collections,
                  std::shared_ptr<MemoryPlace> place);

  std::vector<Variable> variables_;
  std::vector<std::shared_ptr<MemoryPlace>> places_;  // has one element for each of variables_
  // The sources of arrays of numbers that stay where they are; every snapshot uses the same ones.
  // Null for all other variables.
  std::vector<std::shared_ptr<const TensorSource>> fixed_sources_;
  std::unordered_map<std::string, VariableId> ids_;
  std::shared_ptr<FreezeGate> gate_;  // null: the program does not ask
};

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SESSION_H_
