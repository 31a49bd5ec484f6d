#include "cairn/source/wide_reader.h"

#include <algorithm>

#include "cairn/source/cast_elements.h"

namespace cairn {

DType NumberOf(DType dtype) {
  if (dtype == DType::kComplex64) return DType::kFloat32;
  return dtype == DType::kComplex128 ? DType::kFloat64 : dtype;
}

uint64_t CountNumbers(const TensorSource& source) {
  const bool is_complex = NumberOf(source.dtype()) != source.dtype();
  return source.shape().num_elements() * (is_complex ? 2 : 1);
}

WideReader::WideReader(DType dtype, std::unique_ptr<TensorStream> stream)
    : dtype_(dtype), stream_(std::move(stream)), stored_(kWideBlock * kMaxNumberNbytes) {}

Result<WideReader> WideReader::Open(const TensorSource& source) {
  CAIRN_ASSIGN_OR_RETURN(auto stream, source.OpenStream());
  return WideReader(NumberOf(source.dtype()), std::move(stream));
}

Result<Bytes> WideReader::ReadStored(size_t count) {
  MutableBytes room = MutableBytes(stored_).first(count * ElementNbytes(dtype_));
  const Bytes block = room;
  while (!room.empty()) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream_->Next(room));
    if (piece.empty()) return Status(Reason::kSize, "the value ends before its last element");
    if (piece.data() != room.data()) CopyBytes(piece, room.data());
    room = room.subspan(piece.size());
  }
  return block;
}

Status WideReader::Read(size_t count, double* out) {
  CAIRN_ASSIGN_OR_RETURN(const Bytes block, ReadStored(count));
  CastCounts counts;  // nothing is lost
  return CastElements(dtype_, DType::kFloat64, block, reinterpret_cast<std::byte*>(out), counts);
}

Status WideReader::ReadEnd() {
  CAIRN_ASSIGN_OR_RETURN(const Bytes more, stream_->Next(stored_));
  return more.empty() ? Status() : Status(Reason::kSize, "the value has more bytes than elements");
}

WideReaders::WideReaders(uint64_t count, size_t num_sources)
    : left_(count), blocks_(num_sources, std::vector<double>(kWideBlock)) {}

Result<WideReaders> WideReaders::Open(const TensorSources& sources) {
  WideReaders readers(CountNumbers(*sources[0]), sources.size());
  for (const auto& source : sources) {
    CAIRN_ASSIGN_OR_RETURN(WideReader reader, WideReader::Open(*source));
    readers.readers_.push_back(std::move(reader));
  }
  return readers;
}

Result<size_t> WideReaders::Next() {
  const auto count = static_cast<size_t>(std::min<uint64_t>(left_, kWideBlock));
  for (size_t i = 0; i < readers_.size(); ++i)
    CAIRN_RETURN_IF_ERROR(count > 0 ? readers_[i].Read(count, blocks_[i].data())
                                    : readers_[i].ReadEnd());
  left_ -= count;
  return count;
}

}  // namespace cairn
