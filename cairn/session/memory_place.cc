#include "cairn/session/memory_place.h"

#include <algorithm>

namespace cairn {
namespace {

class FixedNumbers final : public MemoryPlace {
 public:
  explicit FixedNumbers(MutableBytes bytes) : bytes_(bytes) {}
  MutableBytes bytes() const override { return bytes_; }
  Result<std::unique_ptr<StagedValue>> Stage(std::span<const int64_t> /*dims*/) override {
    return std::unique_ptr<StagedValue>(std::make_unique<InPlace>(bytes_));
  }

 private:
  class InPlace final : public StagedValue {
   public:
    explicit InPlace(MutableBytes bytes) : bytes_(bytes) {}
    bool is_in_place() const override { return true; }
    MutableBytes buffer() override { return bytes_; }
    void Commit() override {}

   private:
    MutableBytes bytes_;
  };

  MutableBytes bytes_;
};

// A place of strings that can be replaced one by one, or all at once.
class StringPlace : public MemoryPlace {
 public:
  // Takes as many strings as the staged value may have. It cannot fail.
  virtual void Replace(std::vector<std::string> strings, std::vector<int64_t> dims) = 0;
};

class StagedStrings final : public StagedValue {
 public:
  StagedStrings(StringPlace& place, std::span<const int64_t> dims, uint64_t num_strings)
      : place_(place), dims_(dims.begin(), dims.end()), num_strings_(num_strings) {}

  Status SetStrings(const StringTensor& strings) override {
    if (strings.size() != num_strings_) {
      return Status(Reason::kArgument, std::to_string(strings.size()) +
                                           " strings for a variable of " +
                                           std::to_string(num_strings_));
    }
    std::vector<std::string> copy;
    const uint64_t nbytes = strings.size() * sizeof(std::string) + strings.total_nbytes();
    CAIRN_RETURN_IF_ERROR(internal::Allocate(nbytes, [&] {
      copy.reserve(strings.size());
      for (size_t i = 0; i < strings.size(); ++i) copy.emplace_back(strings[i]);
    }));
    strings_ = std::move(copy);
    return {};
  }
  void Commit() override {
    if (strings_) place_.Replace(*std::move(strings_), std::move(dims_));
  }

 private:
  StringPlace& place_;
  std::vector<int64_t> dims_;
  uint64_t num_strings_;
  std::optional<std::vector<std::string>> strings_;
};

// Strings that are assigned one by one, so that each stays where it is.
class FixedStrings : public StringPlace {
 public:
  Result<std::unique_ptr<StagedValue>> Stage(std::span<const int64_t> dims) override {
    return std::unique_ptr<StagedValue>(
        std::make_unique<StagedStrings>(*this, dims, strings().size()));
  }
  void Replace(std::vector<std::string> new_strings, std::vector<int64_t> /*dims*/) override {
    std::ranges::move(new_strings, strings().begin());
  }
};

class OneString final : public FixedStrings {
 public:
  explicit OneString(std::string& string) : string_(string) {}
  std::span<std::string> strings() const override { return {&string_, 1}; }

 private:
  std::string& string_;
};

class VectorOfStrings final : public FixedStrings {
 public:
  explicit VectorOfStrings(std::vector<std::string>& strings) : strings_(strings) {}
  std::span<std::string> strings() const override { return strings_; }

 private:
  std::vector<std::string>& strings_;
};

class GrowingStrings final : public StringPlace {
 public:
  explicit GrowingStrings(std::vector<std::string>& strings) : strings_(strings) {}
  std::span<std::string> strings() const override { return strings_; }
  std::vector<int64_t> own_dims() const override { return dims_; }
  Result<std::unique_ptr<StagedValue>> Stage(std::span<const int64_t> dims) override {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t num_strings, NumElements(dims));
    return std::unique_ptr<StagedValue>(std::make_unique<StagedStrings>(*this, dims, num_strings));
  }
  void Replace(std::vector<std::string> new_strings, std::vector<int64_t> dims) override {
    strings_ = std::move(new_strings);
    dims_ = std::move(dims);
  }

 private:
  std::vector<std::string>& strings_;
  std::vector<int64_t> dims_;
};

}  // namespace

Status StagedValue::SetStrings(const StringTensor& /*strings*/) {
  return Status(Reason::kArgument, "strings were given for a variable of numbers");
}

std::shared_ptr<MemoryPlace> PlaceOf(MutableBytes bytes) {
  return std::make_shared<FixedNumbers>(bytes);
}

std::shared_ptr<MemoryPlace> PlaceOf(std::string& string) {
  return std::make_shared<OneString>(string);
}

std::shared_ptr<MemoryPlace> PlaceOf(std::vector<std::string>& strings) {
  return std::make_shared<VectorOfStrings>(strings);
}

std::shared_ptr<MemoryPlace> GrowingPlaceOf(std::vector<std::string>& strings) {
  return std::make_shared<GrowingStrings>(strings);
}

}  // namespace cairn
