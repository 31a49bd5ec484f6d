// The tensors that a header lists.
#ifndef CAIRN_FORMATS_SAFETENSORS_ENTRY_LIST_H_
#define CAIRN_FORMATS_SAFETENSORS_ENTRY_LIST_H_

#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/dtype.h"

namespace cairn::safetensors {

// One tensor of a header. The views are valid until its list is changed.
struct HeaderEntry {
  std::string_view name;
  DType dtype = DType::kInvalid;
  std::span<const int64_t> dims;
  uint64_t begin = 0;  // offsets from the first byte of the data
  uint64_t end = 0;
};

// Names lie in one arena and dimensions in another, so that no entry has memory of its own: a
// header may list millions.
class EntryList {
 public:
  // Makes room for `num_entries` entries whose names have `names_nbytes` bytes together. Memory
  // that is never used costs nothing, while an array that grows touches twice its size.
  void Reserve(size_t num_entries, size_t names_nbytes);
  // Copies the name and the dimensions.
  void Add(const HeaderEntry& entry);
  // Puts the entries into the order of their data, then of their names.
  void SortByData();

  size_t size() const { return entries_.size(); }
  HeaderEntry operator[](size_t i) const;
  // All entries, for a range-based loop. Valid as long as the list.
  auto all() const {
    return std::views::iota(size_t{0}, size()) |
           std::views::transform([this](size_t i) { return (*this)[i]; });
  }

  // Returns the positions of the entries in the order of their names.
  std::vector<uint32_t> OrderOfNames() const;

 private:
  struct Packed {
    uint64_t begin;
    uint64_t end;
    uint64_t name_offset;
    uint64_t dims_offset;
    uint32_t name_nbytes;
    uint16_t rank;
    DType dtype;
  };

  std::string_view NameOf(const Packed& entry) const {
    return std::string_view(names_).substr(entry.name_offset, entry.name_nbytes);
  }

  std::vector<Packed> entries_;
  std::string names_;
  std::vector<int64_t> dims_;
};

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_ENTRY_LIST_H_
