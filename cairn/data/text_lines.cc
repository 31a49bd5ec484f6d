#include "cairn/data/text_lines.h"

#include <algorithm>
#include <array>

#include "cairn/data/position_text.h"

namespace cairn {
namespace {

constexpr std::array<std::string_view, 2> kLineKeys = {"line", "byte"};
constexpr uint64_t kBufferNbytes = uint64_t{64} << 10;

}  // namespace

Result<std::unique_ptr<DataSource<std::string>>> TextLines::Open(FileSystem& fs,
                                                                 const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(path, Access::kRead));
  return std::unique_ptr<DataSource<std::string>>(new TextLines(std::move(file)));
}

// Returns bytes of the file from `offset` on, at least one; `offset` is below its size.
Result<Bytes> TextLines::BytesAt(uint64_t offset) {
  const bool is_buffered = offset >= buffer_offset_ && offset - buffer_offset_ < buffer_.size();
  if (!is_buffered) {
    std::vector<std::byte> bytes(std::min(kBufferNbytes, file_->size() - offset));
    CAIRN_RETURN_IF_ERROR(file_->ReadAt(offset, bytes));
    buffer_ = std::move(bytes);
    buffer_offset_ = offset;
  }
  return Bytes(buffer_).subspan(offset - buffer_offset_);
}

Result<std::optional<std::string>> TextLines::Next() {
  if (byte_ >= file_->size()) return std::optional<std::string>();
  std::string line;
  uint64_t byte = byte_;
  bool is_whole = false;
  while (!is_whole && byte < file_->size()) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes bytes, BytesAt(byte));
    const auto end = std::ranges::find(bytes, std::byte{'\n'});
    line.append(reinterpret_cast<const char*>(bytes.data()), end - bytes.begin());
    is_whole = end != bytes.end();
    byte += (end - bytes.begin()) + (is_whole ? 1 : 0);
  }
  byte_ = byte;
  ++line_;
  return std::optional(std::move(line));
}

std::string TextLines::Position() const {
  return FormatPosition({{"line", line_}, {"byte", byte_}});
}

Status TextLines::Seek(std::string_view position) {
  CAIRN_ASSIGN_OR_RETURN(const auto fields, ParsePosition(position, kLineKeys));
  const auto [line, byte] = fields;
  bool is_begin = (byte == 0) == (line == 0) && byte <= file_->size();
  if (is_begin && byte > 0) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes before, BytesAt(byte - 1));
    is_begin = before[0] == std::byte{'\n'} || byte == file_->size();
  }
  if (!is_begin)
    return Status(Reason::kMismatch, "line " + std::to_string(line + 1) +
                                         " does not begin at byte " + std::to_string(byte) +
                                         ": the file has changed")
        .AtPath(file_->path());
  line_ = line;
  byte_ = byte;
  return {};
}

}  // namespace cairn
