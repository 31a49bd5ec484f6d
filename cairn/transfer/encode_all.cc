#include "cairn/transfer/encode_all.h"

// EncodeAll: any thread encodes any segment; the segments take their places in the file one after
// the other, since nobody knows how long one is before it is encoded.
#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/source_bytes.h"
#include "cairn/transfer/transfer_names.h"
#include "cairn/transfer/turnstile.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// Stays in the second-level cache between the copy, the checksums and the encoding.
constexpr uint64_t kEncodedBlock = 128 << 10;

// Bytes [begin, begin + nbytes) of a value.
struct Segment {
  size_t job = 0;
  uint64_t begin = 0;
  uint64_t nbytes = 0;
  bool is_last = false;
};

struct EncodedSegment {
  Bytes bytes;
  uint64_t value_nbytes = 0;
  uint32_t read = 0;     // the checksum of the value's bytes, of the source's kind
  uint32_t plain = 0;    // the same of the job's kind
  uint32_t encoded = 0;  // of `bytes`, of the job's kind
};

// The memory of one thread.
class EncodingWorker {
 public:
  Status Prepare(const EncoderFactory& encoders) {
    if (encoder_) return {};
    CAIRN_ASSIGN_OR_RETURN(encoder_, encoders.make());
    block_.resize(kEncodedBlock);
    return {};
  }

  MutableBytes block() { return block_; }

  void Begin() {
    encoded_ = {};
    encoder_->Begin();
  }
  Status AddPrefix(Bytes bytes) { return encoder_->Add(bytes); }
  Status AddValue(Bytes bytes, Checksum::Kind read, Checksum::Kind plain) {
    encoded_.value_nbytes += bytes.size();
    encoded_.read = ExtendChecksum(read, encoded_.read, bytes);
    encoded_.plain = read == plain ? encoded_.read : ExtendChecksum(plain, encoded_.plain, bytes);
    return encoder_->Add(bytes);
  }
  Result<EncodedSegment> Finish(bool is_last, Checksum::Kind kind) {
    CAIRN_ASSIGN_OR_RETURN(encoded_.bytes, encoder_->Finish(is_last));
    encoded_.encoded = ExtendChecksum(kind, 0, encoded_.bytes);
    return encoded_;
  }

 private:
  std::unique_ptr<SegmentEncoder> encoder_;
  std::vector<std::byte> block_;
  EncodedSegment encoded_;
};

class Encoding {
 public:
  Encoding(std::span<const EncodeJob> jobs, const EncoderFactory& encoders, WritableFile& file,
           const TransferOptions& options, TransferNames names)
      : jobs_(jobs),
        encoders_(encoders),
        file_(file),
        options_(options),
        names_(names),
        stop_(options.cancel),
        turnstile_(stop_),
        encoded_(jobs.size()),
        read_checksums_(jobs.size()) {}

  Result<std::vector<EncodedValue>> Run() {
    CAIRN_RETURN_IF_ERROR(Locate());
    for (size_t i = 0; i < values_.size(); ++i) Cut(i);
    std::vector<EncodingWorker> workers(NumWorkers());
    ProgressMeter meter(options_.progress, num_value_bytes_);
    const auto run = [&](int worker, size_t task) -> Status {
      Status status = workers[worker].Prepare(encoders_);
      if (status.ok()) status = Encode(task, workers[worker]);
      if (!status.ok()) turnstile_.Stop();
      meter.Add(segments_[task].nbytes);
      return names_.In(segments_[task].job, status);
    };
    CAIRN_RETURN_IF_ERROR(RunTasks(segments_.size(), static_cast<int>(workers.size()), stop_, run));
    return std::move(encoded_);
  }

 private:
  Status Locate() {
    values_.reserve(jobs_.size());
    for (size_t i = 0; i < jobs_.size(); ++i) {
      auto bytes = LocateBytes(*jobs_[i].source);
      if (!bytes.ok()) return names_.In(i, bytes.status());
      num_value_bytes_ += bytes->nbytes;
      values_.push_back(*std::move(bytes));
    }
    return {};
  }

  // Returns as many as threads are asked for and the budget allows, at least one.
  size_t NumWorkers() const {
    const uint64_t affordable = options_.memory_budget / (kEncodedBlock + encoders_.nbytes);
    return std::clamp<uint64_t>(affordable, 1, NumThreads(options_.threads));
  }

  // A value that cannot be cut is one task, whatever its size.
  void Cut(size_t job) {
    const uint64_t nbytes = values_[job].nbytes;
    const uint64_t step = values_[job].extent ? kSegmentNbytes : std::max<uint64_t>(nbytes, 1);
    uint64_t begin = 0;
    do {
      const uint64_t count = std::min(step, nbytes - begin);
      segments_.push_back({job, begin, count, begin + count == nbytes});
      begin += count;
    } while (begin < nbytes);
  }

  Status Encode(size_t task, EncodingWorker& worker) {
    const Segment& segment = segments_[task];
    return values_[segment.job].extent ? EncodeSegment(task, worker) : EncodeStream(task, worker);
  }

  Status EncodeSegment(size_t task, EncodingWorker& worker) {
    const Segment& segment = segments_[task];
    worker.Begin();
    if (segment.begin == 0)
      CAIRN_RETURN_IF_ERROR(worker.AddPrefix(AsBytes(jobs_[segment.job].prefix)));
    CAIRN_RETURN_IF_ERROR(AddExtent(segment, worker));
    CAIRN_ASSIGN_OR_RETURN(const EncodedSegment encoded,
                           worker.Finish(segment.is_last, jobs_[segment.job].checksum_kind));
    CAIRN_RETURN_IF_ERROR(turnstile_.Await(task));
    if (segment.begin == 0) Place(segment.job);
    const uint64_t offset = PlaceSegment(segment.job, encoded);
    if (segment.is_last) CAIRN_RETURN_IF_ERROR(CheckValue(segment.job));
    turnstile_.Pass();
    // Writing needs no order any more: the place is taken.
    CAIRN_RETURN_IF_ERROR(file_.WriteAt(offset, encoded.bytes));
    return segment.is_last ? WriteHead(segment.job) : Status();
  }

  // The copy of a block is what is checked and encoded, even where a program goes on changing its
  // array.
  Status AddExtent(const Segment& segment, EncodingWorker& worker) const {
    const SourceBytes& value = values_[segment.job];
    const Checksum::Kind plain = jobs_[segment.job].checksum_kind;
    for (uint64_t done = 0; done < segment.nbytes;) {
      const MutableBytes block =
          worker.block().first(std::min(kEncodedBlock, segment.nbytes - done));
      CAIRN_RETURN_IF_ERROR(
          value.extent->file->ReadAt(value.extent->offset + segment.begin + done, block));
      CAIRN_RETURN_IF_ERROR(worker.AddValue(block, value.checksum_kind(plain), plain));
      done += block.size();
    }
    return {};
  }

  // A stream is encoded and written as it comes, while the others wait.
  Status EncodeStream(size_t task, EncodingWorker& worker) {
    const size_t job = segments_[task].job;
    const Checksum::Kind kind = jobs_[job].checksum_kind;
    CAIRN_RETURN_IF_ERROR(turnstile_.Await(task));
    Place(job);
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(*jobs_[job].source));
    worker.Begin();
    CAIRN_RETURN_IF_ERROR(worker.AddPrefix(AsBytes(jobs_[job].prefix)));
    uint64_t in_segment = 0;
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const Bytes chunk, stream.Next(worker.block()));
      if (chunk.empty()) break;
      // An encoder has room for the output of one segment, so a longer stream is cut.
      if (in_segment + chunk.size() > kSegmentNbytes) {
        CAIRN_RETURN_IF_ERROR(WriteSegment(job, worker, false));
        worker.Begin();
        in_segment = 0;
      }
      // A stream compares its source's checksum at its own end. Only the one for the new file is
      // computed here.
      CAIRN_RETURN_IF_ERROR(worker.AddValue(chunk, kind, kind));
      in_segment += chunk.size();
    }
    CAIRN_RETURN_IF_ERROR(WriteSegment(job, worker, true));
    CAIRN_RETURN_IF_ERROR(WriteHead(job));
    turnstile_.Pass();
    return {};
  }

  Status WriteSegment(size_t job, EncodingWorker& worker, bool is_last) {
    CAIRN_ASSIGN_OR_RETURN(const EncodedSegment encoded,
                           worker.Finish(is_last, jobs_[job].checksum_kind));
    return file_.WriteAt(PlaceSegment(job, encoded), encoded.bytes);
  }

  // In turn: the job begins here, and room is left for its head.
  void Place(size_t job) {
    const std::string& prefix = jobs_[job].prefix;
    encoded_[job].offset = position_;
    encoded_[job].plain_nbytes = prefix.size();
    encoded_[job].checksum = ExtendChecksum(jobs_[job].checksum_kind, 0, AsBytes(prefix));
    position_ += jobs_[job].head_nbytes;
  }

  // In turn: returns where the encoded bytes belong.
  uint64_t PlaceSegment(size_t job, const EncodedSegment& segment) {
    EncodedValue& value = encoded_[job];
    value.checksum = CombineChecksum(jobs_[job].checksum_kind, value.checksum, segment.plain,
                                     segment.value_nbytes);
    read_checksums_[job] =
        CombineChecksum(values_[job].checksum_kind(jobs_[job].checksum_kind), read_checksums_[job],
                        segment.read, segment.value_nbytes);
    value.encoded_checksum = CombineChecksum(jobs_[job].checksum_kind, value.encoded_checksum,
                                             segment.encoded, segment.bytes.size());
    value.plain_nbytes += segment.value_nbytes;
    value.nbytes += segment.bytes.size();
    const uint64_t offset = position_;
    position_ += segment.bytes.size();
    return offset;
  }

  Status CheckValue(size_t job) const {
    return options_.verify ? CompareChecksum(*values_[job].extent, read_checksums_[job]) : Status();
  }

  Status WriteHead(size_t job) const {
    if (!jobs_[job].head) return {};
    const std::string head = jobs_[job].head(encoded_[job]);
    if (head.size() != jobs_[job].head_nbytes)
      return Status(Reason::kInternal, "a head of another size than its room");
    return file_.WriteAt(encoded_[job].offset, AsBytes(head));
  }

  std::span<const EncodeJob> jobs_;
  const EncoderFactory& encoders_;
  WritableFile& file_;
  const TransferOptions& options_;
  TransferNames names_;
  StopFlag stop_;
  Turnstile turnstile_;
  std::vector<SourceBytes> values_;
  std::vector<Segment> segments_;
  uint64_t num_value_bytes_ = 0;
  // Changed by the task whose turn it is:
  uint64_t position_ = 0;
  std::vector<EncodedValue> encoded_;
  std::vector<uint32_t> read_checksums_;
};

}  // namespace

Result<std::vector<EncodedValue>> EncodeAll(std::span<const EncodeJob> jobs,
                                            const EncoderFactory& encoders, WritableFile& file,
                                            const TransferOptions& options,
                                            std::span<const std::string_view> names) {
  return Encoding(jobs, encoders, file, options, TransferNames(names)).Run();
}

}  // namespace cairn
