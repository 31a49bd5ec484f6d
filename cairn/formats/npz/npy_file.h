// A .npy file, alone or a member of an archive: its header, and streams of its value.
#ifndef CAIRN_FORMATS_NPZ_NPY_FILE_H_
#define CAIRN_FORMATS_NPZ_NPY_FILE_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cairn/codec/npy_header.h"
#include "cairn/core/limits.h"
#include "cairn/core/tensor_source.h"
#include "cairn/source/transposed_source.h"

namespace cairn::npz {

// How much memory a source may take, from OpenOptions.
struct NpyMemory {
  uint64_t reorder_nbytes = kReorderNbytes;
  uint64_t max_expand = Limits().max_expand;
};

// Where the bytes of a .npy file are.
struct NpyFile {
  NpyHeader header;
  bool is_entry = false;  // its bytes are one string
  // The value, where it lies in a file as it is: with the checksum of it alone, if there is one.
  std::optional<Extent> value;
  // Where it does not: the whole file, header and all, checked at its end. Safe to call from
  // several threads.
  std::function<Result<std::unique_ptr<TensorStream>>()> open;
  uint64_t packed_nbytes = 0;  // of the whole file, where `open` gives it
  NpyMemory memory = {};
};

// The size of the value as it is stored.
uint64_t ValueNbytes(const NpyHeader& header);

// Its header, read from `stream`. Errors: those of NpyHeaderNbytes, ParseNpyHeader and the stream.
Result<NpyHeader> ReadNpyHeader(TensorStream& stream);

// All of a stream up to `nbytes`, or up to its end. Errors: those of the stream.
Result<std::vector<std::byte>> ReadUpTo(TensorStream& stream, uint64_t nbytes);
// Reads the end of a stream, where its checksums are compared. Errors: kSize (there are more
// bytes); those of the stream.
Status ReadEnd(TensorStream& stream);

// The value as it is stored. It does not end before the last byte. Errors: kSize (another size is
// stored than the header needs); those of opening the file and of its stream.
Result<std::unique_ptr<TensorStream>> OpenValue(const NpyFile& file);

// The elements as they are stored, in the order of a tensor's. Elements that are not numbers are
// bytes, `dtype` is kUInt8 then, and their width is one dimension more. Errors: those of
// Shape::Make; of reading: those of OpenValue.
Result<std::shared_ptr<const TensorSource>> RowMajorSource(const NpyFile& file, DType dtype);

// Errors: kLimit, where something that takes `held_nbytes` in memory is too much for the bytes that
// are stored.
Status CheckExpansion(const NpyFile& file, uint64_t held_nbytes);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_NPY_FILE_H_
