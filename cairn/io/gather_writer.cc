#include "cairn/io/gather_writer.h"

#include <algorithm>

namespace cairn {

Result<MutableBytes> GatherWriter::Room(WritableFile& file, uint64_t offset, uint64_t wanted) {
  const bool continues = file_ == &file && offset == offset_ + filled_;
  const bool fits = std::min<uint64_t>(wanted, buffer_.size()) <= buffer_.size() - filled_;
  if (!continues || !fits) {
    CAIRN_RETURN_IF_ERROR(Flush());
    file_ = &file;
    offset_ = offset;
  }
  return buffer_.subspan(filled_);
}

Status GatherWriter::Flush() {
  const Bytes collected = buffer_.first(filled_);
  filled_ = 0;
  if (collected.empty()) return {};
  const uint64_t offset = offset_;
  offset_ += collected.size();
  return file_->WriteAt(offset, collected);
}

}  // namespace cairn
