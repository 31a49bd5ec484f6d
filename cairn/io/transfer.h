// The one place where tensor bytes move in bulk. Save, Verify, Restore and convert are short
// functions on top of it.
//
// Where a source has an extent, its bytes are cut into chunks of 4 MiB that all threads share, in
// file order; copy and checksum are one pass, and the checksums of the chunks are combined and
// compared. Where it has none, one thread runs its stream.
#ifndef CAIRN_IO_TRANSFER_H_
#define CAIRN_IO_TRANSFER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/io/file_system.h"

namespace cairn {

// Told how far a transfer is. Called from any of its threads, never from two at once.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void Advance(uint64_t done_nbytes, uint64_t total_nbytes) = 0;
};

struct TransferOptions {
  int threads = 0;                              // 0 = as many as the machine has
  uint64_t memory_budget = uint64_t{64} << 20;  // of buffers, whatever the size of the tensors
  bool verify = true;  // false: checksums are not compared; said, never implied
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;  // set it from anywhere to stop with kCancelled
};

// Into memory: `to` has exactly the source's nbytes. Numeric sources only.
struct ReadJob {
  std::shared_ptr<const TensorSource> source;
  MutableBytes to;
};

// All of them or an error, after which the contents of every `to` are unspecified. Sources without
// a checksum are copied as they are. Errors: kArgument (sizes differ), kCrc, those of the sources,
// kCancelled; `names[i]`, where given, names job i in them.
Status ReadAll(std::span<const ReadJob> jobs, const TransferOptions& options,
               std::span<const std::string_view> names = {});

// Into a file that has room: from `offset` on.
struct WriteJob {
  std::shared_ptr<const TensorSource> source;
  WritableFile* file = nullptr;
  uint64_t offset = 0;
  // Bytes before `offset` that are written, too, so that small neighbours are one write: zeros, or
  // what `head` makes of them when the checksum of the value is known. It is called once, from any
  // thread.
  uint64_t head_nbytes = 0;
  Checksum::Kind checksum_kind = Checksum::Kind::kCrc32c;  // wanted of the bytes written
  std::function<std::string(uint32_t checksum)> head = nullptr;
};

// The checksum, of the kind it asks for, of the bytes written for each job. Each source's own
// checksum is compared on the way, so damage is never copied. Errors: as ReadAll, and those of the
// files.
Result<std::vector<uint32_t>> WriteAll(std::span<const WriteJob> jobs,
                                       const TransferOptions& options,
                                       std::span<const std::string_view> names = {});

enum class Verdict : uint8_t { kVerified, kUnprotected, kDamaged, kUnreadable };

struct Checked {
  Verdict verdict = Verdict::kUnreadable;
  Status error;  // of kDamaged and kUnreadable
  // Of the bytes read, where the source has an extent: of the kind of its checksum, or CRC-32C.
  std::optional<uint32_t> checksum;
};

// Is shown the bytes of numeric values while they are checked, a stretch at a time: never to be
// trusted before the source they are of is verified.
class ValueVisitor {
 public:
  virtual ~ValueVisitor() = default;

  // One stretch of a value, by one thread.
  class Stretch {
   public:
    virtual ~Stretch() = default;
    // The next bytes of the stretch; elements are whole but for those of streams.
    virtual void Take(Bytes bytes) = 0;
  };

  // Called from any thread. `position` orders the stretches of one source: its bytes in their
  // order, those of a joined one piece after piece. The stretch is destroyed at its end.
  virtual std::unique_ptr<Stretch> Begin(size_t source, uint64_t position) = 0;
};

// Reads every source to its end. One damaged source does not keep the others from being judged;
// string tensors are read whole. `visitor` may be null. Errors: kCancelled only.
Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options,
                                      ValueVisitor* visitor = nullptr);

// Memory for many tensors at once, given back when it is destroyed: huge pages where the machine
// has them.
class Arena {
 public:
  static Result<std::shared_ptr<Arena>> Make(uint64_t nbytes);  // Errors: kNoMemory
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  MutableBytes bytes() { return bytes_; }

 private:
  Arena(MutableBytes bytes, uint64_t mapped_nbytes)
      : bytes_(bytes), mapped_nbytes_(mapped_nbytes) {}

  MutableBytes bytes_;
  uint64_t mapped_nbytes_;
};

// The whole dict in memory: every value verified, each numeric tensor at a multiple of 64 bytes of
// one arena that the result keeps alive. Errors: kNoMemory, those of ReadAll.
Result<TensorDict> Materialize(const TensorDict& dict, const TransferOptions& options);

}  // namespace cairn

#endif  // CAIRN_IO_TRANSFER_H_
