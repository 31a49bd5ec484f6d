// SaveLayoutsOf: what the data files of a sound checkpoint hold, for one whose index is lost.
#include <algorithm>
#include <map>

#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"

namespace cairn::tf_bundle {
namespace {

using tensorflow::SavedTensor;
using tensorflow::SaveLayout;

// A tensor or a slice, where it begins in its data file.
struct TensorAt {
  int64_t offset = 0;
  int64_t nbytes = 0;
  SavedTensor tensor;
};
using TensorsByShard = std::map<int32_t, std::vector<TensorAt>>;

void AddToItsShard(const BundleIndex::Entry& entry, SavedTensor tensor, TensorsByShard& placed) {
  placed[entry.shard_id].push_back({entry.offset, entry.nbytes, std::move(tensor)});
}

std::vector<int64_t> DimsOf(const BundleIndex& index, const BundleIndex::Entry& entry) {
  const auto dims = index.dims(entry);
  return {dims.begin(), dims.end()};
}

TensorsByShard PlaceAll(const BundleIndex& index) {
  TensorsByShard placed;
  std::map<std::string_view, const BundleIndex::Entry*> sliced;
  for (const BundleIndex::Entry& entry : index.entries()) {
    const std::string_view name = index.name(entry);
    if (!index.slices(entry).empty()) {
      sliced.emplace(name, &entry);
    } else {
      AddToItsShard(entry, {std::string(name), entry.dtype, DimsOf(index, entry), {}}, placed);
    }
  }
  for (const BundleIndex::Entry& entry : index.slice_entries()) {
    const auto key = tensorflow::DecodeSliceKey(index.name(entry));
    const auto whole = key ? sliced.find(key->name) : sliced.end();
    if (whole == sliced.end()) continue;
    AddToItsShard(entry, {key->name, entry.dtype, DimsOf(index, *whole->second), key->slice},
                  placed);
  }
  return placed;
}

}  // namespace

Result<std::vector<SaveLayout>> SaveLayoutsOf(FileSystem& fs, const std::string& prefix,
                                              const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(IndexPath(prefix), options.access));
  CAIRN_ASSIGN_OR_RETURN(const BundleIndex index, BundleIndex::Read(file, options.limits));
  // Rebuild makes little-endian indexes.
  if (index.header().endianness != Endianness::kLittle)
    return Status(Reason::kUnsupported, "is big-endian").AtPath(file->path());
  std::vector<SaveLayout> layouts;
  for (auto& [shard, tensors] : PlaceAll(index)) {
    // A tensor without bytes begins where the next one does.
    std::ranges::stable_sort(tensors, {}, [](const TensorAt& placed) {
      return std::pair(placed.offset, placed.nbytes);
    });
    SaveLayout layout;
    for (TensorAt& placed : tensors) layout.push_back(std::move(placed.tensor));
    layouts.push_back(std::move(layout));
  }
  return layouts;
}

}  // namespace cairn::tf_bundle
