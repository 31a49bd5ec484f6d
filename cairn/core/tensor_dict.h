// Tensors by name: every checkpoint opens as a TensorDict, and every transform takes and returns
// one.
#ifndef CAIRN_CORE_TENSOR_DICT_H_
#define CAIRN_CORE_TENSOR_DICT_H_

#include <compare>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_source.h"

namespace cairn {

// The properties of a tensor that are known without reading it. The views are valid as long as the
// dict.
struct TensorInfo {
  std::string_view name;  // may hold any bytes
  DType dtype = DType::kInvalid;
  std::span<const int64_t> dims;
  // The size of the stored value. For strings and variants it is the size of their encoding in the
  // file, and 0 where no file holds them.
  uint64_t nbytes = 0;
  // The type by the file's own name, where no dtype is equal to it: "datetime64[ns]" of a tensor
  // that is read as int64, "<U5" of text, whose strings are UTF-8, "object" of a tensor that cannot
  // be read. Empty for all others.
  std::string_view stored_as = {};

  // Whether there is a value that can be read. If not, asking for the source returns the reason.
  bool is_readable() const { return dtype != DType::kInvalid; }
};

// Where a format stores a tensor, numeric or string, in a form for people: `ls --long`, findings.
struct StoredAt {
  std::string path;  // names the file
  uint64_t shard = 0;
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  std::optional<Checksum> checksum;
};

// One slice of a tensor that is stored in several slices.
struct StoredSlice {
  Box box;
  StoredAt at;
};

// The table beneath a TensorDict, implemented by each format and transform. Immutable; safe to use
// from several threads at once. Entries are in the order of the bytes of their names, which are
// unique.
class CAIRN_EXPORT TensorTable {
 public:
  virtual ~TensorTable() = default;

  virtual size_t size() const = 0;
  virtual TensorInfo info(size_t i) const = 0;
  // Makes the source when it is asked for; never returns null. Errors: the reason why the bytes of
  // the entry cannot be reached (kMissing: the shard; kBounds; kUnsupported).
  virtual Result<std::shared_ptr<const TensorSource>> source(size_t i) const = 0;
  virtual std::optional<StoredAt> stored_at(size_t /*i*/) const { return std::nullopt; }
  // The slices of a tensor that is stored in several, in the order of the format; slices that are
  // missing are left out.
  virtual std::vector<StoredSlice> stored_slices(size_t /*i*/) const { return {}; }
};

// A handle on an immutable table; cheap to copy, safe to use from several threads at once. It holds
// no tensor data.
//
//   for (const TensorInfo& tensor : dict) std::cout << tensor.name << "\n";
class CAIRN_EXPORT TensorDict {
 public:
  class Builder;
  class Iterator;

  TensorDict();  // makes an empty dict
  // A null table makes an empty dict.
  explicit TensorDict(std::shared_ptr<const TensorTable> table,
                      std::map<std::string, std::string> metadata = {});

  // Iterates over the TensorInfo of every tensor, in the order of the bytes of the names. No source
  // is made. Iterators are valid as long as the dict.
  Iterator begin() const;
  Iterator end() const;

  // Entries by position, in the same order; `i` must be below size().
  size_t size() const { return table_->size(); }
  TensorInfo info(size_t i) const { return table_->info(i); }
  std::string_view name(size_t i) const { return table_->info(i).name; }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const { return table_->source(i); }
  std::optional<StoredAt> stored_at(size_t i) const { return table_->stored_at(i); }
  std::vector<StoredSlice> stored_slices(size_t i) const { return table_->stored_slices(i); }

  // Entries by exact name, found by binary search.
  //
  // Returns the position of the name, or nothing where no tensor has it.
  std::optional<size_t> Find(std::string_view name) const;
  // Returns what is known of the tensor without reading it. Errors: kMissing, with the nearest
  // names as hint.
  Result<TensorInfo> Info(std::string_view name) const;
  // Returns the source of the tensor. Errors: those of Info and of source(i).
  Result<std::shared_ptr<const TensorSource>> Get(std::string_view name) const;

  // Text that the format keeps beside its tensors (the `__metadata__` of safetensors).
  const std::map<std::string, std::string>& metadata() const { return *metadata_; }

 private:
  Status Missing(std::string_view name) const;

  std::shared_ptr<const TensorTable> table_;
  std::shared_ptr<const std::map<std::string, std::string>> metadata_;
};

// A random-access iterator that makes each TensorInfo when it is dereferenced.
class TensorDict::Iterator {
 public:
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // operator* returns a value
  using value_type = TensorInfo;
  using difference_type = std::ptrdiff_t;

  // Keeps the TensorInfo that `it->name` looks into.
  class ArrowProxy {
   public:
    const TensorInfo* operator->() const { return &info_; }

   private:
    friend class Iterator;
    explicit ArrowProxy(const TensorInfo& info) : info_(info) {}
    TensorInfo info_;
  };

  using pointer = ArrowProxy;

  Iterator() = default;

  pointer operator->() const { return ArrowProxy(**this); }
  TensorInfo operator*() const { return table_->info(position_); }
  TensorInfo operator[](difference_type n) const { return *(*this + n); }

  Iterator& operator++() { return *this += 1; }
  Iterator& operator--() { return *this -= 1; }
  Iterator operator++(int) { return std::exchange(*this, *this + 1); }
  Iterator operator--(int) { return std::exchange(*this, *this - 1); }
  Iterator& operator+=(difference_type n) {
    position_ += static_cast<size_t>(n);
    return *this;
  }
  Iterator& operator-=(difference_type n) { return *this += -n; }

  friend Iterator operator+(Iterator it, difference_type n) { return it += n; }
  friend Iterator operator+(difference_type n, Iterator it) { return it += n; }
  friend Iterator operator-(Iterator it, difference_type n) { return it -= n; }
  friend difference_type operator-(const Iterator& a, const Iterator& b) {
    return static_cast<difference_type>(a.position_ - b.position_);
  }
  friend bool operator==(const Iterator& a, const Iterator& b) {
    return a.position_ == b.position_;
  }
  friend auto operator<=>(const Iterator& a, const Iterator& b) {
    return a.position_ <=> b.position_;
  }

 private:
  friend class TensorDict;
  Iterator(const TensorTable* table, size_t position) : table_(table), position_(position) {}

  const TensorTable* table_ = nullptr;
  size_t position_ = 0;
};

inline TensorDict::Iterator TensorDict::begin() const { return {table_.get(), 0}; }
inline TensorDict::Iterator TensorDict::end() const { return {table_.get(), size()}; }

// Collects sources under names, which may be added in any order.
class CAIRN_EXPORT TensorDict::Builder {
 public:
  // `stored_as` is TensorInfo::stored_as.
  void Add(std::string name, std::shared_ptr<const TensorSource> source,
           std::string stored_as = {});
  void SetMetadata(std::map<std::string, std::string> metadata) { metadata_ = std::move(metadata); }

  // Returns the dict and leaves the builder empty, after an error too. Errors: kArgument (a source
  // that is null, or a name that was added twice; the message has the name).
  Result<TensorDict> Build();

 private:
  friend class TensorDict;  // the empty dict is a table without entries
  struct Entry {
    std::string name;
    std::shared_ptr<const TensorSource> source;
    std::string stored_as;
  };
  class Table;

  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace cairn

#endif  // CAIRN_CORE_TENSOR_DICT_H_
