// Tensors by name: what every checkpoint opens as, and every transform takes and gives.
#ifndef CAIRN_CORE_TENSOR_DICT_H_
#define CAIRN_CORE_TENSOR_DICT_H_

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn {

// What is known of a tensor without reading it. The views live as long as the dict.
struct TensorInfo {
  std::string_view name;  // any bytes
  DType dtype = DType::kInvalid;
  std::span<const int64_t> dims;
  // Of the stored value; for strings and variants, as the format encodes them, and 0 where no file
  // holds them.
  uint64_t nbytes = 0;
};

// Where a format stores a tensor, for people: `ls --long`, findings. The values of strings have one
// too.
struct StoredAt {
  std::string path;  // of the file
  uint64_t shard = 0;
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  std::optional<Checksum> checksum;
};

// A piece of a tensor that is stored in several.
struct StoredSlice {
  Box box;
  StoredAt at;
};

// Beneath a TensorDict: the table a format or transform keeps. Immutable; safe to use from several
// threads at once. Entries are in the order of the bytes of their names, which are unique.
class TensorTable {
 public:
  virtual ~TensorTable() = default;

  virtual size_t size() const = 0;
  virtual TensorInfo info(size_t i) const = 0;
  // Made when asked for. Errors: what stands between the entry and its bytes (kMissing: the shard;
  // kBounds; kUnsupported).
  virtual Result<std::shared_ptr<const TensorSource>> source(size_t i) const = 0;
  virtual std::optional<StoredAt> stored_at(size_t /*i*/) const { return std::nullopt; }
  // Of a tensor that is stored in pieces: those that are there, in the order of the format.
  virtual std::vector<StoredSlice> stored_slices(size_t /*i*/) const { return {}; }
};

// A handle on an immutable table; cheap to copy, safe to use from several threads at once. Nothing
// is loaded.
class TensorDict {
 public:
  class Builder;

  TensorDict();  // empty
  explicit TensorDict(std::shared_ptr<const TensorTable> table,
                      std::map<std::string, std::string> metadata = {});

  // Entries by position, in the order of the bytes of their names; `i` must be below size().
  size_t size() const { return table_->size(); }
  TensorInfo info(size_t i) const { return table_->info(i); }
  std::string_view name(size_t i) const { return table_->info(i).name; }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const { return table_->source(i); }
  std::optional<StoredAt> stored_at(size_t i) const { return table_->stored_at(i); }
  std::vector<StoredSlice> stored_slices(size_t i) const { return table_->stored_slices(i); }

  // The position of exactly this name.
  std::optional<size_t> Find(std::string_view name) const;
  // The source of exactly this name. Errors: kMissing, with the nearest names as hint; those of
  // source(i).
  Result<std::shared_ptr<const TensorSource>> Get(std::string_view name) const;

  // What the format keeps beside its tensors (safetensors' `__metadata__`).
  const std::map<std::string, std::string>& metadata() const { return *metadata_; }

 private:
  std::shared_ptr<const TensorTable> table_;
  std::shared_ptr<const std::map<std::string, std::string>> metadata_;
};

// Collects sources under names in any order.
class TensorDict::Builder {
 public:
  void Add(std::string name, std::shared_ptr<const TensorSource> source);
  void SetMetadata(std::map<std::string, std::string> metadata) { metadata_ = std::move(metadata); }

  // Leaves the builder empty. Errors: kArgument names the name that was added twice.
  Result<TensorDict> Build();

 private:
  std::vector<std::pair<std::string, std::shared_ptr<const TensorSource>>> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace cairn

#endif  // CAIRN_CORE_TENSOR_DICT_H_
