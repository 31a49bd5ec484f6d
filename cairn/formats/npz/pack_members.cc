// Stretches are packed by any thread, and take their places in the file one after the other.
#include "cairn/formats/npz/pack_members.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "cairn/codec/zip/deflater.h"
#include "cairn/codec/zip/zip_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/npz/npy_array.h"
#include "cairn/io/checksum.h"
#include "cairn/transfer/progress_meter.h"
#include "cairn/transfer/source_bytes.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn::npz {
namespace {

constexpr uint64_t kStretch = uint64_t{1} << 20;
// Stays in the second-level cache between the copy, the checksums and the packing.
constexpr uint64_t kBlock = 128 << 10;
constexpr uint64_t kWorkerNbytes = kBlock + Deflater::Bound(kStretch);

// Lets the tasks of several threads pass a point in their order.
class Turnstile {
 public:
  explicit Turnstile(StopFlag& stop) : stop_(stop) {}

  // Returns when all tasks before this one have passed. Errors: kCancelled, after which nobody
  // passes any more.
  Status Await(size_t task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ == task || stop_.IsUp(); });
    return stop_.Check();
  }
  void Pass() {
    const std::lock_guard lock(mutex_);
    ++next_;
    changed_.notify_all();
  }
  // Wakes those who wait for a task that will not come.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stop_.Raise();
    changed_.notify_all();
  }

 private:
  StopFlag& stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;
};

// Bytes [begin, begin + nbytes) of a value; the first stretch has the array's header before it.
struct Stretch {
  size_t member = 0;
  uint64_t begin = 0;
  uint64_t nbytes = 0;
  bool is_last = false;
};

// What a stretch came to.
struct Packed {
  Bytes bytes;
  uint64_t num_plain = 0;
  uint32_t crc32 = 0;           // of the plain bytes
  uint32_t value_checksum = 0;  // of those of the value, of the source's kind
};

// One thread's memory.
class Packer {
 public:
  Status Prepare() {
    if (deflater_) return {};
    CAIRN_ASSIGN_OR_RETURN(Deflater deflater, Deflater::Make());
    deflater_.emplace(std::move(deflater));
    block_.resize(kBlock);
    out_.resize(Deflater::Bound(kStretch));
    return {};
  }

  MutableBytes block() { return block_; }

  void Begin() {
    packed_ = {};
    deflater_->Begin(out_);
  }
  Status AddHeader(std::string_view header) { return Add(AsBytes(header)); }
  Status AddValue(Bytes bytes, Checksum::Kind kind) {
    packed_.value_checksum = ExtendChecksum(kind, packed_.value_checksum, bytes);
    return Add(bytes);
  }
  Result<Packed> Finish(bool is_last) {
    CAIRN_ASSIGN_OR_RETURN(packed_.bytes, deflater_->Finish(is_last));
    return packed_;
  }

 private:
  Status Add(Bytes bytes) {
    packed_.num_plain += bytes.size();
    packed_.crc32 = ExtendCrc32(packed_.crc32, bytes);
    return deflater_->Add(bytes);
  }

  std::optional<Deflater> deflater_;
  std::vector<std::byte> block_;
  std::vector<std::byte> out_;
  Packed packed_;
};

class Packing {
 public:
  Packing(std::span<const PlannedArray> arrays, std::span<ZipMember> members, WritableFile& file,
          const TransferOptions& options)
      : arrays_(arrays),
        members_(members),
        file_(file),
        options_(options),
        stop_(options.cancel),
        turnstile_(stop_) {}

  Result<uint64_t> Run() {
    CAIRN_RETURN_IF_ERROR(Locate());
    for (size_t i = 0; i < values_.size(); ++i) Cut(i);
    const uint64_t affordable = std::max<uint64_t>(options_.memory_budget / kWorkerNbytes, 1);
    const auto threads =
        static_cast<int>(std::min<uint64_t>(NumThreads(options_.threads), affordable));
    std::vector<Packer> packers(threads);
    value_checksums_.resize(arrays_.size());
    ProgressMeter meter(options_.progress, num_value_bytes_);
    const auto run = [&](int worker, size_t task) -> Status {
      const Stretch& stretch = stretches_[task];
      Status status = packers[worker].Prepare();
      if (status.ok()) status = Pack(task, packers[worker]);
      if (!status.ok()) turnstile_.Stop();
      meter.Add(stretch.nbytes);
      const std::string_view name = WithoutEnding(members_[stretch.member].name);
      return status.ok() ? status : status.InTensor(name);
    };
    CAIRN_RETURN_IF_ERROR(RunTasks(stretches_.size(), threads, stop_, run));
    return position_;
  }

 private:
  Status Locate() {
    for (const PlannedArray& array : arrays_) {
      auto bytes = LocateBytes(*array.value);
      if (!bytes.ok()) return bytes.status();
      num_value_bytes_ += bytes->nbytes;
      values_.push_back(*std::move(bytes));
    }
    return {};
  }

  // A value that cannot be cut is one stretch, whatever its size.
  void Cut(size_t member) {
    const uint64_t nbytes = values_[member].nbytes;
    const uint64_t step = values_[member].extent ? kStretch : std::max<uint64_t>(nbytes, 1);
    uint64_t begin = 0;
    do {
      const uint64_t count = std::min(step, nbytes - begin);
      stretches_.push_back({member, begin, count, begin + count == nbytes});
      begin += count;
    } while (begin < nbytes);
  }

  Status Pack(size_t task, Packer& packer) {
    const Stretch& stretch = stretches_[task];
    if (!values_[stretch.member].extent) return PackStream(task, packer);
    packer.Begin();
    if (stretch.begin == 0) CAIRN_RETURN_IF_ERROR(packer.AddHeader(arrays_[stretch.member].header));
    CAIRN_RETURN_IF_ERROR(AddExtent(stretch, packer));
    CAIRN_ASSIGN_OR_RETURN(const Packed packed, packer.Finish(stretch.is_last));
    CAIRN_RETURN_IF_ERROR(turnstile_.Await(task));
    if (stretch.begin == 0) Place(stretch.member);
    const uint64_t offset = Take(stretch.member, packed);
    if (stretch.is_last) CAIRN_RETURN_IF_ERROR(CheckValue(stretch.member));
    turnstile_.Pass();
    CAIRN_RETURN_IF_ERROR(file_.WriteAt(offset, packed.bytes));
    return stretch.is_last ? WriteLocalHeader(stretch.member) : Status();
  }

  // The copy of a block is what is checked and packed, even where a program goes on changing its
  // array.
  Status AddExtent(const Stretch& stretch, Packer& packer) const {
    const SourceBytes& value = values_[stretch.member];
    for (uint64_t done = 0; done < stretch.nbytes;) {
      const MutableBytes block = packer.block().first(std::min(kBlock, stretch.nbytes - done));
      CAIRN_RETURN_IF_ERROR(ReadExtent(*value.extent, stretch.begin + done, block));
      CAIRN_RETURN_IF_ERROR(packer.AddValue(block, value.checksum_kind()));
      done += block.size();
    }
    return {};
  }

  static Status ReadExtent(const Extent& extent, uint64_t begin, MutableBytes to) {
    const Bytes mapped = MappedBytes(extent, begin, to.size());
    if (mapped.empty()) return extent.file->ReadAt(extent.offset + begin, to);
    std::ranges::copy(mapped, to.begin());
    return {};
  }

  // A stream is packed and written as it comes, while the others wait.
  Status PackStream(size_t task, Packer& packer) {
    const size_t member = stretches_[task].member;
    CAIRN_RETURN_IF_ERROR(turnstile_.Await(task));
    Place(member);
    CAIRN_ASSIGN_OR_RETURN(SizedStream stream, SizedStream::Open(*arrays_[member].value));
    packer.Begin();
    CAIRN_RETURN_IF_ERROR(packer.AddHeader(arrays_[member].header));
    uint64_t in_stretch = 0;
    while (true) {
      CAIRN_RETURN_IF_ERROR(stop_.Check());
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream.Next(packer.block()));
      if (piece.empty()) break;
      if (in_stretch + piece.size() > kStretch) {
        CAIRN_RETURN_IF_ERROR(WriteStretch(member, packer, false));
        packer.Begin();
        in_stretch = 0;
      }
      CAIRN_RETURN_IF_ERROR(packer.AddValue(piece, Checksum::Kind::kCrc32));
      in_stretch += piece.size();
    }
    CAIRN_RETURN_IF_ERROR(WriteStretch(member, packer, true));
    CAIRN_RETURN_IF_ERROR(WriteLocalHeader(member));
    turnstile_.Pass();
    return {};
  }

  Status WriteStretch(size_t member, Packer& packer, bool is_last) {
    CAIRN_ASSIGN_OR_RETURN(const Packed packed, packer.Finish(is_last));
    return file_.WriteAt(Take(member, packed), packed.bytes);
  }

  // In turn: the member begins here, and room is left for its header.
  void Place(size_t member) {
    members_[member].header_offset = position_;
    position_ += LocalHeader(member).size();
  }

  // In turn: where the packed bytes belong.
  uint64_t Take(size_t i, const Packed& packed) {
    ZipMember& member = members_[i];
    const uint64_t header_nbytes = member.nbytes == 0 ? arrays_[i].header.size() : 0;
    member.crc32 =
        CombineChecksum(Checksum::Kind::kCrc32, member.crc32, packed.crc32, packed.num_plain);
    value_checksums_[i] = CombineChecksum(values_[i].checksum_kind(), value_checksums_[i],
                                          packed.value_checksum, packed.num_plain - header_nbytes);
    member.nbytes += packed.num_plain;
    member.packed_nbytes += packed.bytes.size();
    const uint64_t offset = position_;
    position_ += packed.bytes.size();
    return offset;
  }

  Status CheckValue(size_t member) const {
    if (!options_.verify) return {};
    return CompareChecksum(*values_[member].extent, value_checksums_[member]);
  }

  std::string LocalHeader(size_t i) const {
    // More than all its stretches together may come to.
    const uint64_t most = arrays_[i].nbytes() + arrays_[i].nbytes() / 4 + Deflater::Bound(0);
    return EncodeZipLocalHeader(members_[i], NeedsZip64(most), 1);
  }

  Status WriteLocalHeader(size_t i) const {
    return file_.WriteAt(members_[i].header_offset, AsBytes(LocalHeader(i)));
  }

  std::span<const PlannedArray> arrays_;
  std::span<ZipMember> members_;
  WritableFile& file_;
  const TransferOptions& options_;
  StopFlag stop_;
  Turnstile turnstile_;
  std::vector<SourceBytes> values_;
  std::vector<Stretch> stretches_;
  uint64_t num_value_bytes_ = 0;
  // Whoever's turn it is:
  uint64_t position_ = 0;
  std::vector<uint32_t> value_checksums_;
};

}  // namespace

Result<uint64_t> PackMembers(std::span<const PlannedArray> arrays, std::span<ZipMember> members,
                             WritableFile& file, const TransferOptions& options) {
  return Packing(arrays, members, file, options).Run();
}

}  // namespace cairn::npz
