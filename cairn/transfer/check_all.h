// Reads tensors to their ends and judges each, keeping nothing.
#ifndef CAIRN_TRANSFER_CHECK_ALL_H_
#define CAIRN_TRANSFER_CHECK_ALL_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

enum class Verdict : uint8_t { kVerified, kUnprotected, kDamaged, kUnreadable };

struct Checked {
  Verdict verdict = Verdict::kUnreadable;
  Status error;  // of kDamaged and kUnreadable
  // The checksum of the bytes that were read, if the source has an extent: of the kind that the
  // source has, or CRC-32C.
  std::optional<uint32_t> checksum;
};

// Is shown the values while they are checked, a segment at a time: never to be trusted before the
// source they are of is verified. The elements of a value that is read as a stream may come in any
// order.
class ValueVisitor {
 public:
  virtual ~ValueVisitor() = default;

  // One segment of a value, by one thread.
  class Segment {
   public:
    virtual ~Segment() = default;
    // The next bytes of the segment, which is of numbers; elements are whole but for those of
    // streams.
    virtual void Take(Bytes bytes) = 0;
    // The next elements of a segment of strings.
    virtual void TakeStrings(const StringTensor& /*elements*/) {}
  };

  // Called from any thread. `position` orders the segments of one source: its bytes in their
  // order, those of a joined one slice after slice. The segment is destroyed at its end.
  virtual std::unique_ptr<Segment> Begin(size_t source, uint64_t position) = 0;

  // Called once for each source, from any thread, when its verdict is known. The segments of a
  // source without an error have been destroyed by then.
  virtual void End(size_t /*source*/, const Checked& /*checked*/) {}
};

// Reads every source to its end. One damaged source does not keep the others from being judged.
// `visitor` may be null. Errors: kCancelled only.
Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options,
                                      ValueVisitor* visitor = nullptr);

// The same, but each Checked::checksum is of this kind, whatever kind the source's own checksum is,
// which is compared all the same.
Result<std::vector<Checked>> CheckAll(std::span<const std::shared_ptr<const TensorSource>> sources,
                                      const TransferOptions& options, Checksum::Kind kind);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_CHECK_ALL_H_
