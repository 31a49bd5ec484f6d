#include "cairn/checkpoint/copy_file.h"

#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

constexpr uint64_t kCopyChunkNbytes = uint64_t{4} << 20;

// Calls `take` with every chunk of a file, in order, and returns the CRC-32C of all of them.
template <typename Take>
Result<uint32_t> ReadInChunks(const RandomAccessFile& file, Take take) {
  std::vector<std::byte> buffer(std::min(file.size(), kCopyChunkNbytes));
  uint32_t crc = 0;
  for (uint64_t offset = 0; offset < file.size(); offset += buffer.size()) {
    const auto chunk =
        std::span(buffer).first(std::min<uint64_t>(buffer.size(), file.size() - offset));
    CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, chunk));
    crc = ExtendCrc32c(crc, chunk);
    CAIRN_RETURN_IF_ERROR(take(offset, Bytes(chunk)));
  }
  return crc;
}

// The temporary file is read again through the file system, so that a write that did less than it
// said is found before the copy has its name.
Status CheckCopy(FileSystem& fs, const std::string& path, uint64_t nbytes, uint32_t crc) {
  CAIRN_ASSIGN_OR_RETURN(const auto copy, fs.OpenForReading(path, Access::kRead));
  const auto nothing = [](uint64_t, Bytes) { return Status(); };
  CAIRN_ASSIGN_OR_RETURN(const uint32_t found, ReadInChunks(*copy, nothing));
  if (copy->size() == nbytes && found == crc) return {};
  return Status(Reason::kChanged, "the copy is not what was read").AtPath(path);
}

Result<CopiedFile> WriteCopy(FileSystem& fs, const std::string& from, const std::string& to,
                             DurableFiles& files) {
  CAIRN_ASSIGN_OR_RETURN(const auto original, fs.OpenForReading(from, Access::kRead));
  CAIRN_RETURN_IF_ERROR(PrepareDirectory(fs, DirectoryOf(to), original->size(), 1));
  CAIRN_RETURN_IF_ERROR(files.Add(to, original->size()));
  WritableFile& file = files.file(files.size() - 1);
  const auto write = [&](uint64_t offset, Bytes chunk) {
    return file.WriteAt(offset, chunk).AtPath(to);
  };
  CAIRN_ASSIGN_OR_RETURN(const uint32_t crc, ReadInChunks(*original, write).AtPath(from));
  CAIRN_RETURN_IF_ERROR(CheckCopy(fs, file.path(), original->size(), crc));
  return CopiedFile{to, original->size(), CopyMethod::kCopy};
}

Result<CopiedFile> Share(FileSystem& fs, const std::string& from, const std::string& to,
                         CopyMethod method, DurableFiles& files) {
  const bool is_link = method == CopyMethod::kHardLink;
  CAIRN_RETURN_IF_ERROR(
      files.AddSharing(to, from, is_link ? Sharing::kHardLink : Sharing::kReflink));
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.Stat(from));
  return CopiedFile{to, info.size, method};
}

}  // namespace

Result<CopiedFile> AddCopyOf(FileSystem& fs, const std::string& from, const std::string& to,
                             std::span<const CopyMethod> methods, DurableFiles& files) {
  Status last(Reason::kArgument, "no method of copying is given");
  for (const CopyMethod method : methods) {
    auto copied = method == CopyMethod::kCopy ? WriteCopy(fs, from, to, files)
                                              : Share(fs, from, to, method, files);
    if (copied.ok() || copied.status().reason() != Reason::kUnsupported) return copied;
    last = copied.status();
  }
  return last;
}

}  // namespace cairn
