// The lines of a text file, one after the other.
#ifndef CAIRN_DATA_TEXT_LINES_H_
#define CAIRN_DATA_TEXT_LINES_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"
#include "cairn/io/file_system.h"

namespace cairn {

// A line ends with '\n', which is not part of it, or with the file. The last line of the file is
// the end of the data. With FileSequence: the lines of many files.
class CAIRN_EXPORT TextLines final : public DataSource<std::string> {
 public:
  // Errors: kMissing, kFileType, kIo.
  static Result<std::unique_ptr<DataSource<std::string>>> Open(FileSystem& fs,
                                                               const std::string& path);

  // Errors: those of reading; the position is then where it was.
  Result<std::optional<std::string>> Next() override;

  // "line=17 byte=1234": how many lines were taken, and where the next one begins.
  std::string Position() const override;
  // Does not read what lies before. Errors: kFormat; kMismatch (no line begins at that byte: the
  // file has changed); those of reading. The place is then as it was.
  Status Seek(std::string_view position) override;

 private:
  explicit TextLines(std::shared_ptr<const RandomAccessFile> file) : file_(std::move(file)) {}

  Result<Bytes> BytesAt(uint64_t offset);

  std::shared_ptr<const RandomAccessFile> file_;
  uint64_t line_ = 0;
  uint64_t byte_ = 0;
  std::vector<std::byte> buffer_;  // what was read last
  uint64_t buffer_offset_ = 0;     // where it lies in the file
};

}  // namespace cairn

#endif  // CAIRN_DATA_TEXT_LINES_H_
