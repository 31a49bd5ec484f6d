// A file open for reading, wherever its bytes are.
#ifndef CAIRN_CORE_FILE_H_
#define CAIRN_CORE_FILE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// Immutable, shared, safe to use from several threads at once. Its size is fixed when it is opened.
class CAIRN_EXPORT RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;

  // Fills `out` with the bytes from `offset` on: all of it or an error, after which the contents of
  // `out` are unspecified. Errors: kTruncated (the range ends past size()), kChanged (the file
  // shrank meanwhile), kIo.
  virtual Status ReadAt(uint64_t offset, MutableBytes out) const = 0;

  virtual uint64_t size() const = 0;

  // For messages: the path it was opened by, or what it is ("memory").
  virtual const std::string& path() const = 0;

  // The whole file in memory, valid as long as the file is open; empty where it is not mapped.
  virtual Bytes mapped() const { return {}; }

  // The same file, read by system calls: its ReadAt copies from the page cache without a page fault
  // for each small page. Null where the file is not mapped, or can be reached by its mapping only.
  virtual const RandomAccessFile* unmapped() const { return nullptr; }
};

// Memory seen as a file, so that a program's own array and a mapped shard look alike.
class CAIRN_EXPORT MemoryFile final : public RandomAccessFile {
 public:
  // Borrows `bytes`, which must outlive the file.
  MemoryFile(Bytes bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  // Owns `content`.
  MemoryFile(std::vector<std::byte> content, std::string path)
      : content_(std::move(content)), bytes_(content_), path_(std::move(path)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  Status ReadAt(uint64_t offset, MutableBytes out) const override;
  uint64_t size() const override { return bytes_.size(); }
  const std::string& path() const override { return path_; }
  Bytes mapped() const override { return bytes_; }

 private:
  std::vector<std::byte> content_;
  Bytes bytes_;
  std::string path_;
};

// The error of every file that is asked for bytes past its end.
CAIRN_EXPORT Status PastTheEnd(uint64_t offset, uint64_t nbytes, uint64_t size);

// Returns a range of a mapped file where it lies; nothing if the file is not mapped. Errors:
// kTruncated (the range ends past size()).
CAIRN_EXPORT Result<std::optional<Bytes>> FindMapped(const RandomAccessFile& file, uint64_t offset,
                                                     uint64_t nbytes);

// Returns a range of a file: where it is mapped, else read into the memory that make_room(nbytes)
// returns, a Result<MutableBytes>. Errors: kTruncated, those of make_room and ReadAt.
template <typename MakeRoom>
Result<Bytes> ReadRange(const RandomAccessFile& file, uint64_t offset, uint64_t nbytes,
                        MakeRoom make_room) {
  CAIRN_ASSIGN_OR_RETURN(const std::optional<Bytes> mapped, FindMapped(file, offset, nbytes));
  if (mapped) return *mapped;
  CAIRN_ASSIGN_OR_RETURN(const MutableBytes room, make_room(nbytes));
  CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, room));
  return Bytes(room);
}

// The same with the caller's memory, of as many bytes as are wanted.
CAIRN_EXPORT Result<Bytes> ReadRange(const RandomAccessFile& file, uint64_t offset,
                                     MutableBytes room);
// The same with a buffer that is made large enough.
CAIRN_EXPORT Result<Bytes> ReadRange(const RandomAccessFile& file, uint64_t offset, uint64_t nbytes,
                                     std::vector<std::byte>& buffer);

}  // namespace cairn

#endif  // CAIRN_CORE_FILE_H_
