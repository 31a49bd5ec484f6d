// Encodes tensors into one file, on several threads, where sizes are known only afterwards.
#ifndef CAIRN_TRANSFER_ENCODE_ALL_H_
#define CAIRN_TRANSFER_ENCODE_ALL_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/io/file_system.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Values are cut into segments of this size; the first has the prefix of its job in addition.
inline constexpr uint64_t kSegmentNbytes = uint64_t{1} << 20;

// Encodes one segment after the other, of any values. Each thread has its own.
class SegmentEncoder {
 public:
  virtual ~SegmentEncoder() = default;

  virtual void Begin() = 0;
  virtual Status Add(Bytes plain) = 0;
  // Returns all that was encoded since Begin, valid until the next Begin. `is_last` ends the value.
  virtual Result<Bytes> Finish(bool is_last) = 0;
};

// Makes the encoder of one thread, and says how much memory it uses.
struct EncoderFactory {
  std::function<Result<std::unique_ptr<SegmentEncoder>>()> make;
  uint64_t nbytes = 0;
};

// The result of one job. It begins at `offset` with its head.
struct EncodedValue {
  uint64_t offset = 0;
  uint64_t plain_nbytes = 0;      // of prefix and value
  uint64_t nbytes = 0;            // encoded, without the head
  uint32_t checksum = 0;          // of prefix and value, of the job's kind
  uint32_t encoded_checksum = 0;  // of the encoded bytes, of the same kind
};

struct EncodeJob {
  std::shared_ptr<const TensorSource> source;
  std::string prefix = {};  // is encoded before the value
  Checksum::Kind checksum_kind = Checksum::Kind::kCrc32;
  // Bytes before the encoded ones, not encoded, and what they hold. `head` is called once, from any
  // thread.
  uint64_t head_nbytes = 0;
  std::function<std::string(const EncodedValue& encoded)> head = nullptr;
};

// Writes job after job from the start of `file`. All threads share the segments of a value that has
// an extent; any other value is encoded by one thread, as it comes. Each source's own checksum is
// compared on the way. The bytes are the same however many threads there are. Errors: as WriteAll,
// and those of the encoders.
Result<std::vector<EncodedValue>> EncodeAll(std::span<const EncodeJob> jobs,
                                            const EncoderFactory& encoders, WritableFile& file,
                                            const TransferOptions& options,
                                            std::span<const std::string_view> names = {});

}  // namespace cairn

#endif  // CAIRN_TRANSFER_ENCODE_ALL_H_
