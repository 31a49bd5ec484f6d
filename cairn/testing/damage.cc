#include "cairn/testing/damage.h"

#include <algorithm>

namespace cairn {

std::vector<std::byte> FlipBit(Bytes bytes, uint64_t bit) {
  std::vector<std::byte> damaged = ToVector(bytes);
  damaged[bit / 8] ^= std::byte{1} << (bit % 8);
  return damaged;
}

std::vector<std::byte> CutAt(Bytes bytes, uint64_t nbytes) {
  return ToVector(bytes.first(std::min<uint64_t>(nbytes, bytes.size())));
}

std::vector<std::byte> ToVector(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Result<std::vector<std::byte>> ReadWholeFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  std::vector<std::byte> content(file->size());
  CAIRN_RETURN_IF_ERROR(file->ReadAt(0, content));
  return content;
}

Status WriteWholeFile(FileSystem& fs, const std::string& path, Bytes content) {
  const Status removed = fs.Remove(path);
  if (!removed.ok() && removed.reason() != Reason::kMissing) return removed;
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.CreateForWriting(path));
  CAIRN_RETURN_IF_ERROR(file->WriteAt(0, content));
  return file->Close();
}

}  // namespace cairn
