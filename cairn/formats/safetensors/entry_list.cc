#include "cairn/formats/safetensors/entry_list.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace cairn::safetensors {

void EntryList::Reserve(size_t num_entries, size_t names_nbytes) {
  entries_.reserve(num_entries);
  names_.reserve(names_nbytes);
}

void EntryList::Add(const HeaderEntry& entry) {
  entries_.push_back({.begin = entry.begin,
                      .end = entry.end,
                      .name_offset = names_.size(),
                      .dims_offset = dims_.size(),
                      .name_nbytes = static_cast<uint32_t>(entry.name.size()),
                      .rank = static_cast<uint16_t>(entry.dims.size()),
                      .dtype = entry.dtype});
  names_ += entry.name;
  dims_.insert(dims_.end(), entry.dims.begin(), entry.dims.end());
}

void EntryList::SortByData() {
  std::ranges::sort(entries_, {}, [&](const Packed& entry) {
    return std::tuple(entry.begin, entry.end, NameOf(entry));
  });
}

HeaderEntry EntryList::operator[](size_t i) const {
  const Packed& entry = entries_[i];
  return {NameOf(entry), entry.dtype, std::span(dims_).subspan(entry.dims_offset, entry.rank),
          entry.begin, entry.end};
}

std::vector<uint32_t> EntryList::OrderOfNames() const {
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](uint32_t i) { return NameOf(entries_[i]); });
  return order;
}

}  // namespace cairn::safetensors
