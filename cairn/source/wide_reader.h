// Reads numbers of one source, or of several side by side, widened to float64.
#ifndef CAIRN_SOURCE_WIDE_READER_H_
#define CAIRN_SOURCE_WIDE_READER_H_

#include <memory>
#include <span>
#include <vector>

#include "cairn/source/alike_sources.h"

namespace cairn {

// How many numbers are combined at once.
inline constexpr size_t kWideBlock = 4096;
inline constexpr size_t kMaxNumberNbytes = 8;

// Returns the dtype of the numbers that an element consists of: a complex one has two.
DType NumberOf(DType dtype);
// Returns how many numbers all elements of a source have.
uint64_t CountNumbers(const TensorSource& source);

class WideReader {
 public:
  static Result<WideReader> Open(const TensorSource& source);

  DType dtype() const { return dtype_; }

  // Reads the next `count` numbers as they are stored, kWideBlock at most. Valid until the next
  // call.
  Result<Bytes> ReadStored(size_t count);
  // Reads the next `count` numbers, and widens them.
  Status Read(size_t count, double* out);
  // Reads the end of the value, where its checksum is compared. Errors: kSize (there are more
  // numbers).
  Status ReadEnd();

 private:
  WideReader(DType dtype, std::unique_ptr<TensorStream> stream);

  DType dtype_;
  std::unique_ptr<TensorStream> stream_;
  std::vector<std::byte> stored_;
};

// Reads several sources of one shape, block by block.
class WideReaders {
 public:
  static Result<WideReaders> Open(const TensorSources& sources);

  // Reads the next numbers of every source, and returns how many of each: none at the checked end
  // of all.
  Result<size_t> Next();
  // The numbers of each source, at least as many as Next returned.
  std::span<const std::vector<double>> blocks() const { return blocks_; }

 private:
  WideReaders(uint64_t count, size_t num_sources);

  uint64_t left_;
  std::vector<WideReader> readers_;
  std::vector<std::vector<double>> blocks_;
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_WIDE_READER_H_
