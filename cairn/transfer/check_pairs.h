// Reads two tensors side by side, to their ends, and judges each.
#ifndef CAIRN_TRANSFER_CHECK_PAIRS_H_
#define CAIRN_TRANSFER_CHECK_PAIRS_H_

#include <memory>
#include <span>
#include <string_view>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Two tensors of one shape: both numeric, of any dtypes, or both of strings (or variants).
struct SourcePair {
  std::shared_ptr<const TensorSource> a;
  std::shared_ptr<const TensorSource> b;
};

// An error for each side that is damaged or cannot be read. Where a value is read as a stream, an
// error of the one side may keep the other from being judged.
struct CheckedPair {
  Status a;
  Status b;
  bool ok() const { return a.ok() && b.ok(); }
};

// A visitor is shown the values of both sides while they are checked, a segment at a time: never to
// be trusted before the end of the pair says that both are sound.
class PairVisitor {
 public:
  virtual ~PairVisitor() = default;

  // Elements that follow each other, by one thread.
  class Segment {
   public:
    virtual ~Segment() = default;
    // The next elements, whole and as many of both sides: at most kMostPairNbytes of each. Where a
    // file is mapped, those of the next call follow in memory.
    virtual void Take(Bytes a, Bytes b) = 0;
    // The next element of two tensors of strings.
    virtual void TakeStrings(std::string_view /*a*/, std::string_view /*b*/) {}
  };

  // Called from any thread. The segment begins with the element at `position`, and is destroyed at
  // its end.
  virtual std::unique_ptr<Segment> Begin(size_t pair, uint64_t position) = 0;

  // Called once for each pair, from any thread, after all of its segments were destroyed.
  virtual void End(size_t pair, const CheckedPair& checked) = 0;
};

inline constexpr size_t kMostPairNbytes = 8 << 10;

// Reads every pair. Where both sides have an extent, their elements are cut into chunks that all
// threads share; otherwise one thread runs both streams. A damaged pair does not keep the others
// from being judged. Errors: kCancelled, kNoMemory.
Status CheckPairs(std::span<const SourcePair> pairs, const TransferOptions& options,
                  PairVisitor& visitor);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_CHECK_PAIRS_H_
