// Where the values of a MemorySession's variables are: in arrays of the program.
#ifndef CAIRN_SESSION_MEMORY_PLACE_H_
#define CAIRN_SESSION_MEMORY_PLACE_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/allocate.h"
#include "cairn/core/bytes.h"
#include "cairn/core/export.h"
#include "cairn/core/shape.h"
#include "cairn/core/tensor_source.h"
#include "cairn/session/array_traits.h"

namespace cairn {

// A new value of a variable before it is committed.
class CAIRN_EXPORT StagedValue {
 public:
  virtual ~StagedValue() = default;
  // Whether the buffer is the variable's own memory.
  virtual bool is_in_place() const { return false; }
  // Where the bytes of numbers go; empty for strings.
  virtual MutableBytes buffer() { return {}; }
  // Copies the elements of a string variable. Errors: kArgument (the variable holds numbers, or
  // another number of strings), kNoMemory.
  virtual Status SetStrings(const StringTensor& strings);
  // Makes it the value, once. Strings that were not set stay as they are.
  virtual void Commit() = 0;
};

// An array of the program that holds the value of a variable.
class CAIRN_EXPORT MemoryPlace {
 public:
  virtual ~MemoryPlace() = default;
  // The elements it has now: bytes of numbers, or strings.
  virtual MutableBytes bytes() const { return {}; }
  virtual std::span<std::string> strings() const { return {}; }
  // The dims that the array got last, or has by itself; empty if it has elements alone.
  virtual std::vector<int64_t> own_dims() const { return {}; }
  // Makes room for a new value. The place must outlive it. Errors: kNoMemory.
  virtual Result<std::unique_ptr<StagedValue>> Stage(std::span<const int64_t> dims) = 0;
};

// Makes places of arrays whose size is fixed.
CAIRN_EXPORT std::shared_ptr<MemoryPlace> PlaceOf(MutableBytes bytes);
CAIRN_EXPORT std::shared_ptr<MemoryPlace> PlaceOf(std::string& string);
CAIRN_EXPORT std::shared_ptr<MemoryPlace> PlaceOf(std::vector<std::string>& strings);
// Makes the place of a vector that another one replaces when a value is committed.
CAIRN_EXPORT std::shared_ptr<MemoryPlace> GrowingPlaceOf(std::vector<std::string>& strings);

// An array of numbers that another one replaces when a value is committed.
template <ResizableArray Numbers>
class GrowingPlace final : public MemoryPlace {
 public:
  explicit GrowingPlace(Numbers& numbers) : numbers_(numbers) {}

  MutableBytes bytes() const override { return BytesOf(numbers_); }
  std::vector<int64_t> own_dims() const override {
    if constexpr (ShapedArray<Numbers>) {
      return ArrayTraits<Numbers>::DimsOf(numbers_);
    } else {
      return dims_;
    }
  }
  Result<std::unique_ptr<StagedValue>> Stage(std::span<const int64_t> dims) override {
    auto staged = std::make_unique<Staged>(*this, dims);
    CAIRN_RETURN_IF_ERROR(staged->Allocate());
    return std::unique_ptr<StagedValue>(std::move(staged));
  }

 private:
  class Staged final : public StagedValue {
   public:
    Staged(GrowingPlace& place, std::span<const int64_t> dims)
        : place_(place), dims_(dims.begin(), dims.end()) {}

    Status Allocate() {
      const uint64_t nbytes =
          NumElements(dims_).value_or(0) * sizeof(typename ArrayTraits<Numbers>::Element);
      return internal::Allocate(nbytes, [&] { ArrayTraits<Numbers>::Resize(numbers_, dims_); });
    }
    MutableBytes buffer() override { return BytesOf(numbers_); }
    void Commit() override {
      place_.numbers_ = std::move(numbers_);
      place_.dims_ = std::move(dims_);
    }

   private:
    GrowingPlace& place_;
    std::vector<int64_t> dims_;
    Numbers numbers_;
  };

  // The elements of an array that owns them always lie without gaps.
  static MutableBytes BytesOf(Numbers& numbers) {
    return std::as_writable_bytes(*ArrayTraits<Numbers>::ElementsOf(numbers));
  }

  Numbers& numbers_;
  std::vector<int64_t> dims_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_PLACE_H_
