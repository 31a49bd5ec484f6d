#include "cairn/transfer/gather_writer.h"

#include <algorithm>

namespace cairn {

uint64_t GatherWriter::PositionFor(uint64_t offset) const {
  constexpr uint64_t kPage = 4096;
  return buffer_.size() % kPage == 0 ? offset % kPage : 0;
}

Result<MutableBytes> GatherWriter::Room(WritableFile& file, uint64_t offset) {
  const bool continues = file_ == &file && offset == offset_ + filled_;
  if (!continues || filled_ == room_) {
    CAIRN_RETURN_IF_ERROR(Flush());
    file_ = &file;
    offset_ = offset;
    begin_ = PositionFor(offset);
    room_ = buffer_.size() - offset % buffer_.size();
  }
  return buffer_.subspan(begin_ + filled_, room_ - filled_);
}

Status GatherWriter::Overwrite(WritableFile& file, uint64_t offset, Bytes bytes) {
  const bool is_collected = file_ == &file && offset >= offset_ && offset < offset_ + filled_;
  if (!is_collected) {
    CAIRN_RETURN_IF_ERROR(Flush());  // a part of them may be collected
    return file.WriteAt(offset, bytes);
  }
  CopyBytes(bytes, buffer_.data() + begin_ + offset - offset_);
  return {};
}

Status GatherWriter::Flush() {
  const Bytes collected = buffer_.subspan(begin_, filled_);
  filled_ = 0;
  room_ = 0;
  if (collected.empty()) return {};
  const uint64_t offset = offset_;
  offset_ += collected.size();
  return file_->WriteAt(offset, collected);
}

}  // namespace cairn
