#include "cairn/testing/v1_bytes.h"

#include "cairn/codec/sstable/table_format.h"
#include "cairn/testing/proto_bytes.h"
#include "cairn/testing/table_bytes.h"

namespace cairn {

V1Bytes& V1Bytes::AddWhole(const std::string& name, DType dtype, const std::vector<int64_t>& dims,
                           const std::string& data) {
  return AddSliced(name, dtype, dims, {{SliceFields(dims.size(), {0, -1}), data}});
}

V1Bytes& V1Bytes::AddSliced(const std::string& name, DType dtype, const std::vector<int64_t>& dims,
                            const std::vector<Slice>& slices) {
  std::vector<SliceFields> listed;
  for (const Slice& slice : slices) {
    listed.push_back(slice.slice);
    entries[SliceKeyBytes(name, slice.slice)] = V1Slice(name, slice.slice, slice.data);
  }
  meta += V1Meta(name, static_cast<uint64_t>(dtype), dims, listed);
  return *this;
}

std::string V1Bytes::file() const {
  std::string first;
  AppendMessageField(first, 1, meta);
  TableEntries all = {{"", first}};
  all.insert(all.end(), entries.begin(), entries.end());
  return MakeTable(all, entries_per_block);
}

std::string V1Meta(const std::string& name, uint64_t dtype, const std::vector<int64_t>& dims,
                   const std::vector<SliceFields>& slices) {
  std::string tensor;
  AppendMessageField(tensor, 1, name);
  AppendMessageField(tensor, 2, ShapeMessage(dims));
  AppendNumberField(tensor, 3, static_cast<int64_t>(dtype));
  for (const SliceFields& slice : slices) AppendMessageField(tensor, 4, SliceMessage(slice));
  std::string field;
  AppendMessageField(field, 1, tensor);
  return field;
}

std::string V1Slice(const std::string& name, const SliceFields& slice, const std::string& data) {
  std::string saved;
  AppendMessageField(saved, 1, name);
  AppendMessageField(saved, 2, SliceMessage(slice));
  AppendMessageField(saved, 3, data);
  std::string value;
  AppendMessageField(value, 2, saved);
  return value;
}

std::string V1Values(const std::vector<int64_t>& values) {
  std::string list;
  for (const int64_t value : values) sstable::AppendVarint(list, static_cast<uint64_t>(value));
  std::string message;
  AppendMessageField(message, 7, list);
  return message;
}

std::string V1Floats(const std::vector<float>& values) {
  std::string message;
  AppendMessageField(message, 5,
                     {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  return message;
}

}  // namespace cairn
