#include "cairn/transfer/neighbour_reader.h"

#include "cairn/source/extent_source.h"

namespace cairn {
namespace {

// A longer chunk takes so long to copy that a system call of its own does not matter.
constexpr uint64_t kLongestNeighbour = 16 << 10;
// Reading so many bytes in vain costs less than a system call.
constexpr uint64_t kWidestGap = 512;

}  // namespace

bool NeighbourReader::IsShort(size_t i) const {
  return units_[chunks_[i].item].bytes.extent && chunks_[i].nbytes > 0 &&
         chunks_[i].nbytes <= kLongestNeighbour;
}

bool NeighbourReader::Holds(size_t i) const {
  return file_ == ExtentOf(i).file.get() && OffsetOf(i) >= offset_ &&
         EndOf(i) <= offset_ + read_.size();
}

// Returns where the last of the chunks ends that are read together with chunk i.
uint64_t NeighbourReader::EndOfGroup(size_t i) const {
  const uint64_t begin = OffsetOf(i);
  uint64_t end = EndOf(i);
  for (size_t k = i + 1; k < chunks_.size() && IsShort(k); ++k) {
    const bool is_near = ExtentOf(k).file == ExtentOf(i).file && OffsetOf(k) >= begin &&
                         OffsetOf(k) <= end + kWidestGap;
    if (!is_near || EndOf(k) - begin > buffer_.size()) break;
    end = std::max(end, EndOf(k));
  }
  return end;
}

std::optional<Bytes> NeighbourReader::Find(size_t i) {
  if (!IsShort(i)) return std::nullopt;
  if (!Holds(i)) {
    const Extent& extent = ExtentOf(i);
    const bool is_mapped = !MappedBytes(extent, chunks_[i].begin, chunks_[i].nbytes).empty();
    const uint64_t end = EndOfGroup(i);
    if (is_mapped || end == EndOf(i)) return std::nullopt;
    const MutableBytes to = buffer_.first(end - OffsetOf(i));
    read_ = {};
    if (!extent.file->ReadAt(OffsetOf(i), to).ok()) return std::nullopt;
    file_ = extent.file.get();
    offset_ = OffsetOf(i);
    read_ = to;
  }
  return read_.subspan(OffsetOf(i) - offset_, chunks_[i].nbytes);
}

}  // namespace cairn
