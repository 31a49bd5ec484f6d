#include "cairn/transfer/write_all.h"

// WriteAll: from sources into files.
//
// Every byte is first copied into the buffer of its thread; checksum and write see the copy. So the
// checksum is that of the bytes in the file even where a program goes on changing its array.
#include <algorithm>
#include <set>

#include "cairn/io/checksum.h"
#include "cairn/transfer/checksum_tally.h"
#include "cairn/transfer/gather_writer.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/transfer_names.h"
#include "cairn/transfer/transfer_unit.h"
#include "cairn/transfer/worker_buffers.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// Stays in the second-level cache between the copy into it and the checksum.
constexpr uint64_t kPassNbytes = 256 << 10;

// The kind of checksum that is compared with the source's, and the kind that is wanted for what was
// written.
struct ChecksumKinds {
  Checksum::Kind read;
  Checksum::Kind written;
};

// One job's bytes on their way through the buffer: where they go, and the checksums of those that
// went.
class JobWriter {
 public:
  JobWriter(GatherWriter& writer, WritableFile& file, uint64_t offset, ChecksumKinds kinds)
      : writer_(writer), file_(file), offset_(offset), kinds_(kinds) {}

  uint32_t read() const { return read_; }
  uint32_t written() const { return kinds_.read == kinds_.written ? read_ : written_; }

  Result<MutableBytes> Room() {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes room, writer_.Room(file_, offset_));
    return room.first(std::min<uint64_t>(room.size(), kPassNbytes));
  }
  void Advance(Bytes bytes) {
    read_ = ExtendChecksum(kinds_.read, read_, bytes);
    if (kinds_.read != kinds_.written) written_ = ExtendChecksum(kinds_.written, written_, bytes);
    writer_.Advance(bytes.size());
    offset_ += bytes.size();
  }

  Status WriteZeros(uint64_t nbytes) {
    return Fill(nbytes, [](uint64_t /*done*/, MutableBytes to) -> Status {
      std::ranges::fill(to, std::byte{0});
      return {};
    });
  }

  Status WriteExtent(const Extent& extent, const Chunk& chunk) {
    return Fill(chunk.nbytes, [&](uint64_t done, MutableBytes to) {
      return extent.file->ReadAt(extent.offset + chunk.begin + done, to);
    });
  }

  // Bytes that may lie in the room already.
  Status Write(Bytes bytes) {
    return Fill(bytes.size(), [&](uint64_t done, MutableBytes to) -> Status {
      if (to.data() != bytes.data()) std::memcpy(to.data(), bytes.data() + done, to.size());
      return {};
    });
  }

 private:
  // Calls fill(done, to) until `nbytes` are written.
  template <typename FillRoom>
  Status Fill(uint64_t nbytes, FillRoom fill) {
    for (uint64_t done = 0; done < nbytes;) {
      CAIRN_ASSIGN_OR_RETURN(const MutableBytes room, Room());
      const MutableBytes to = room.first(std::min(room.size(), nbytes - done));
      CAIRN_RETURN_IF_ERROR(fill(done, to));
      Advance(to);
      done += to.size();
    }
    return {};
  }

  GatherWriter& writer_;
  WritableFile& file_;
  uint64_t offset_;
  ChecksumKinds kinds_;
  uint32_t read_ = 0;
  uint32_t written_ = 0;
};

// The order of the tasks. The kernel lets one thread at a time write to a file: threads that go
// through the files from places far apart are in different ones, mostly.
class Lanes {
 public:
  Lanes(size_t num_tasks, size_t num_lanes)
      : num_tasks_(num_tasks),
        num_lanes_(num_lanes),
        length_((num_tasks + num_lanes - 1) / num_lanes) {}

  size_t num_turns() const { return num_lanes_ * length_; }
  // Returns nothing if the last lane is shorter than the others.
  std::optional<size_t> TaskOf(size_t turn) const {
    const size_t task = turn % num_lanes_ * length_ + turn / num_lanes_;
    return task < num_tasks_ ? std::optional(task) : std::nullopt;
  }

 private:
  size_t num_tasks_;
  size_t num_lanes_;
  size_t length_;
};

class Writing {
 public:
  Writing(std::span<const WriteJob> jobs, const TransferOptions& options, TransferNames names)
      : jobs_(jobs),
        options_(options),
        names_(names),
        stop_(options.cancel),
        buffers_(options),
        has_head_(jobs.size()) {}

  Result<std::vector<uint32_t>> Run() {
    CAIRN_RETURN_IF_ERROR(Locate());
    std::vector<PlanItem> items;
    for (const TransferUnit& unit : units_) {
      const WriteJob& job = jobs_[unit.job];
      items.push_back({job.file, job.offset + OffsetIn(unit), unit.bytes.nbytes,
                       unit.bytes.extent.has_value()});
    }
    CAIRN_ASSIGN_OR_RETURN(const ChunkPlan plan, ChunkPlan::Make(items, Cuts::kAlongFile));
    Tallies tallies{ChecksumTally(TallyItems(units_)), ChecksumTally(WantedItems())};
    ProgressMeter meter(options_.progress, plan.total_nbytes());
    const Lanes lanes(plan.num_tasks(), NumLanes());
    CAIRN_RETURN_IF_ERROR(
        RunTasks(lanes.num_turns(), buffers_.num_workers(), stop_, [&](int worker, size_t turn) {
          const std::optional<size_t> task = lanes.TaskOf(turn);
          return task ? WriteTask(plan.Chunks(*task), worker, tallies, meter) : Status();
        }));
    // Checksums combine only in the order of the bytes. JoinedSource sorts its slices by their
    // first element, and Locate streams the value if one of them is more than one run.
    std::vector<uint32_t> checksums(jobs_.size());
    for (size_t i = 0; i < units_.size(); ++i) {
      const TransferUnit& unit = units_[i];
      uint32_t& checksum = checksums[unit.job];
      checksum = CombineChecksum(jobs_[unit.job].checksum_kind, checksum,
                                 tallies.written.checksum(i), unit.bytes.nbytes);
    }
    CAIRN_RETURN_IF_ERROR(WriteOtherHeads(checksums));
    return checksums;
  }

 private:
  struct Tallies {
    ChecksumTally read;
    ChecksumTally written;
  };

  std::vector<ChecksumTally::Item> WantedItems() const {
    std::vector<ChecksumTally::Item> items;
    items.reserve(units_.size());
    for (const TransferUnit& unit : units_)
      items.push_back({unit.bytes.nbytes, jobs_[unit.job].checksum_kind});
    return items;
  }

  // Returns the number of threads, or of files if there are fewer.
  size_t NumLanes() const {
    std::set<const WritableFile*> files;
    for (const WriteJob& job : jobs_) files.insert(job.file);
    const auto num_workers = static_cast<size_t>(buffers_.num_workers());
    return std::clamp<size_t>(files.size(), 1, num_workers);
  }

  static uint64_t OffsetIn(const TransferUnit& unit) {
    return unit.placement ? unit.placement->offset() : 0;
  }

  // Pieces that are scattered in the value would be many small writes: those come from the stream.
  Status Locate() {
    units_.reserve(jobs_.size());
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const size_t first = units_.size();
      CAIRN_RETURN_IF_ERROR(names_.In(i, AppendUnits(i, *jobs_[i].source, units_)));
      const auto is_scattered = [](const TransferUnit& unit) {
        return unit.placement && !unit.placement->is_one_run();
      };
      if (std::ranges::none_of(std::span(units_).subspan(first), is_scattered)) continue;
      units_.resize(first);
      units_.push_back({i, StreamedBytes(*jobs_[i].source), nullptr});
    }
    return {};
  }

  Status WriteTask(std::span<const Chunk> chunks, int worker, Tallies& tallies,
                   ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(const MutableBytes buffer, buffers_.Get(worker));
    GatherWriter writer(buffer);
    uint64_t done = 0;
    for (const Chunk& chunk : chunks) {
      const TransferUnit& unit = units_[chunk.item];
      CAIRN_RETURN_IF_ERROR(names_.In(unit.job, WriteChunk(unit, chunk, writer, tallies, meter)));
      if (unit.bytes.extent) done += chunk.nbytes;
    }
    CAIRN_RETURN_IF_ERROR(writer.Flush());
    meter.Add(done);
    return {};
  }

  Status WriteChunk(const TransferUnit& unit, const Chunk& chunk, GatherWriter& writer,
                    Tallies& tallies, ProgressMeter& meter) {
    const WriteJob& job = jobs_[unit.job];
    const std::optional<Extent>& extent = unit.bytes.extent;
    const uint64_t begin = OffsetIn(unit) + chunk.begin;
    const ChecksumKinds kinds{unit.bytes.checksum_kind(job.checksum_kind), job.checksum_kind};
    if (begin == 0) {
      JobWriter head(writer, *job.file, job.offset - job.head_nbytes, kinds);
      CAIRN_RETURN_IF_ERROR(head.WriteZeros(job.head_nbytes));
    }
    JobWriter to(writer, *job.file, job.offset + begin, kinds);
    if (extent) {
      CAIRN_RETURN_IF_ERROR(to.WriteExtent(*extent, chunk));
    } else {
      CAIRN_RETURN_IF_ERROR(WriteStream(*job.source, to, meter));
    }
    tallies.written.Add(chunk, to.written());
    const std::optional<uint32_t> whole = tallies.read.Add(chunk, to.read());
    if (whole && extent && options_.verify) CAIRN_RETURN_IF_ERROR(CompareChecksum(*extent, *whole));
    const bool is_whole_job = !unit.placement && chunk.nbytes == unit.bytes.nbytes;
    return job.head && is_whole_job ? WriteHead(unit.job, to.written(), writer) : Status();
  }

  // Writes the head of a value that was written in one chunk; its room is usually still in the
  // buffer.
  Status WriteHead(size_t i, uint32_t checksum, GatherWriter& writer) {
    has_head_[i] = 1;
    const WriteJob& job = jobs_[i];
    CAIRN_ASSIGN_OR_RETURN(const std::string head, HeadOf(job, checksum));
    return writer.Overwrite(*job.file, job.offset - job.head_nbytes, AsBytes(head));
  }

  static Result<std::string> HeadOf(const WriteJob& job, uint32_t checksum) {
    std::string head = job.head(checksum);
    if (head.size() == job.head_nbytes) return head;
    return Status(Reason::kInternal, "a head of another size than its room");
  }

  // Writes the heads of values that were written in several chunks; their room is in the file by
  // now.
  Status WriteOtherHeads(std::span<const uint32_t> checksums) const {
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const WriteJob& job = jobs_[i];
      if (!job.head || has_head_[i]) continue;
      CAIRN_ASSIGN_OR_RETURN(const std::string head, HeadOf(job, checksums[i]));
      CAIRN_RETURN_IF_ERROR(
          names_.In(i, job.file->WriteAt(job.offset - job.head_nbytes, AsBytes(head))));
    }
    return {};
  }

  Status WriteStream(const TensorSource& source, JobWriter& to, ProgressMeter& meter) {
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(source));
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const MutableBytes room, to.Room());
      CAIRN_ASSIGN_OR_RETURN(const Bytes chunk, stream.Next(room));
      if (chunk.empty()) return {};
      CAIRN_RETURN_IF_ERROR(to.Write(chunk));
      meter.Add(chunk.size());
    }
  }

  std::span<const WriteJob> jobs_;
  const TransferOptions& options_;
  TransferNames names_;
  StopFlag stop_;
  WorkerBuffers buffers_;
  std::vector<TransferUnit> units_;
  std::vector<char> has_head_;  // of the jobs; each is set by one thread
};

}  // namespace

Result<std::vector<uint32_t>> WriteAll(std::span<const WriteJob> jobs,
                                       const TransferOptions& options,
                                       std::span<const std::string_view> names) {
  return Writing(jobs, options, TransferNames(names)).Run();
}

}  // namespace cairn
