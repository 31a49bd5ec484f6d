#include "cairn/source/block_stream.h"

#include <algorithm>

namespace cairn {

Result<Bytes> BlockStream::Next(MutableBytes scratch) {
  if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
  if (rest_.empty()) {
    CAIRN_ASSIGN_OR_RETURN(rest_, MakeBlock());
  }
  const Bytes piece = rest_.first(std::min(rest_.size(), scratch.size()));
  rest_ = rest_.subspan(piece.size());
  CopyBytes(piece, scratch.data());
  return scratch.first(piece.size());
}

}  // namespace cairn
