#include "cairn/source/joined_stream.h"

#include <algorithm>
#include <cstring>

namespace cairn {
namespace {

// The size of the buffers of all slices together; columns have all of them open at once.
constexpr size_t kScratchNbytes = 16 << 20;
constexpr size_t kMinPartScratch = 512;
constexpr size_t kMaxPartScratch = 64 << 10;

}  // namespace

JoinedStream::JoinedStream(std::span<const JoinedSource::Slice> slices, const Shape& shape,
                           uint64_t element_nbytes)
    : waiting_(slices),
      dims_(shape.dims()),
      element_nbytes_(element_nbytes),
      nbytes_left_(shape.num_elements() * element_nbytes),
      scratch_nbytes_(std::clamp(kScratchNbytes / std::max<size_t>(slices.size(), 1),
                                 kMinPartScratch, kMaxPartScratch)) {}

Result<Bytes> JoinedStream::Next(MutableBytes scratch) {
  if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
  const MutableBytes out = scratch.first(std::min<uint64_t>(scratch.size(), nbytes_left_));
  for (size_t done = 0; done < out.size();) {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t taken, TakeRun(out.subspan(done)));
    done += taken;
    nbytes_done_ += taken;
    nbytes_left_ -= taken;
  }
  return out;
}

Status JoinedStream::OpenPartsUpTo(uint64_t element) {
  while (!waiting_.empty()) {
    const JoinedSource::Slice& slice = waiting_.front();
    BoxRuns runs(dims_, slice.box);
    const bool has_elements = runs.num_runs() > 0;
    if (has_elements && runs.OffsetOf(0) > element) return {};
    waiting_ = waiting_.subspan(1);
    if (!has_elements) continue;
    CAIRN_ASSIGN_OR_RETURN(auto stream, slice.source->OpenStream());
    open_.push(std::make_unique<Open>(Open{
        &slice, std::move(runs), std::move(stream), std::vector<std::byte>(scratch_nbytes_), {}}));
  }
  return {};
}

Result<uint64_t> JoinedStream::TakeRun(MutableBytes out) {
  if (!current_) {
    CAIRN_RETURN_IF_ERROR(OpenPartsUpTo(nbytes_done_ / element_nbytes_));
    if (open_.empty()) return Status(Reason::kInternal, "no slice is left for the rest");
    // A priority queue gives its top away only as a constant.
    current_ = std::move(const_cast<std::unique_ptr<Open>&>(open_.top()));
    open_.pop();
  }
  Open& open = *current_;
  const uint64_t run_nbytes = open.runs.run_length() * element_nbytes_;
  const MutableBytes to = out.first(std::min<uint64_t>(out.size(), run_nbytes - open.run_done));
  CAIRN_RETURN_IF_ERROR(Copy(open, to));
  open.run_done += to.size();
  if (open.run_done < run_nbytes) return to.size();
  open.run_done = 0;
  if (++open.run < open.runs.num_runs()) {
    open_.push(std::move(current_));
  } else {
    CAIRN_RETURN_IF_ERROR(CheckEnd(open));
  }
  current_.reset();
  return to.size();
}

Status JoinedStream::Copy(Open& open, MutableBytes out) {
  while (!out.empty()) {
    if (open.rest.empty()) {
      CAIRN_ASSIGN_OR_RETURN(open.rest, open.stream->Next(open.scratch));
      if (open.rest.empty()) return Status(Reason::kSize, "a slice ends before its shape does");
    }
    const size_t count = std::min(out.size(), open.rest.size());
    std::memcpy(out.data(), open.rest.data(), count);
    open.rest = open.rest.subspan(count);
    out = out.subspan(count);
  }
  return {};
}

Status JoinedStream::CheckEnd(Open& open) {
  CAIRN_ASSIGN_OR_RETURN(const Bytes more, open.stream->Next(open.scratch));
  if (open.rest.empty() && more.empty()) return {};
  return Status(Reason::kSize, "a slice goes on after its shape ends");
}

}  // namespace cairn
