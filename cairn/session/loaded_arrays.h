// All variables of a checkpoint in memory: a session that owns its arrays.
#ifndef CAIRN_SESSION_LOADED_ARRAYS_H_
#define CAIRN_SESSION_LOADED_ARRAYS_H_

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/element.h"
#include "cairn/core/export.h"
#include "cairn/session/memory_session.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Made by LoadArrays. The arrays may be read and changed in place; the session can be saved
// (SaveSession) and restored from another checkpoint of the same dtypes and dims (Restore). Its
// values are replaced as those of a MemorySession are, and the rules for threads are the same.
//
//   for (const Variable& variable : arrays->variables()) std::cout << variable.name << "\n";
//
// A variable has the name of its tensor, without ":0"; the functions here take either form.
class CAIRN_EXPORT LoadedArrays final : public Session {
 public:
  LoadedArrays(const LoadedArrays&) = delete;
  LoadedArrays& operator=(const LoadedArrays&) = delete;

  // Returns the elements of a variable in row-major order, at a multiple of 64 bytes, valid as long
  // as the session. T is the C++ type of the dtype, uint8_t for bool, or std::byte for any dtype of
  // numbers. Errors: kMissing (the hint has the nearest names), kMismatch (another dtype).
  template <Element T>
  Result<std::span<T>> values(std::string_view name) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes bytes, BytesOf(name, internal::AskedDType<T>()));
    return std::span(reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T));
  }
  template <Element T>
  Result<std::span<const T>> values(std::string_view name) const {
    CAIRN_ASSIGN_OR_RETURN(const Bytes bytes, BytesOf(name, internal::AskedDType<T>()));
    return std::span(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  }
  // Returns the elements of a string variable. Errors: as values.
  Result<std::span<std::string>> strings(std::string_view name);
  Result<std::span<const std::string>> strings(std::string_view name) const;
  // Returns the dims, outermost first. Errors: kMissing.
  Result<std::span<const int64_t>> dims(std::string_view name) const;

  std::span<const Variable> variables() const override { return session_.variables(); }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override {
    return session_.Begin(values);
  }
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override {
    return session_.Snapshot(variables);
  }

 private:
  friend class ArrayLoader;
  // The value of a variable: bytes of numbers, or strings.
  struct Value {
    MutableBytes bytes;
    std::vector<std::string>* strings = nullptr;
  };

  LoadedArrays() = default;
  Result<VariableId> Find(std::string_view name) const;
  Result<MutableBytes> BytesOf(std::string_view name, std::optional<DType> asked) const;
  Result<std::vector<std::string>*> StringsOf(std::string_view name) const;

  std::shared_ptr<Arena> arena_;
  std::deque<std::vector<std::string>> strings_;
  std::vector<Value> values_;  // has one element for each variable; they lie in the two above
  MemorySession session_;
};

// Loads every tensor of a dict but bookkeeping entries, such as the object graph of a TF2
// checkpoint. `w` beside `w:0` is left out. Checksums are compared. Floating-point and complex
// variables are trainable, except training state: what the object graph, or else the name, tells to
// be a slot of an optimizer or the like (DropTrainingState). Values lie in one arena and are read
// by several threads. Errors: kUnsupported (a tensor whose dtype memory cannot hold, such as
// variant, or without a name), kNoMemory, kLimit, kCrc and other errors of reading.
CAIRN_EXPORT Result<std::unique_ptr<LoadedArrays>> LoadArrays(const TensorDict& dict,
                                                              const TransferOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_SESSION_LOADED_ARRAYS_H_
