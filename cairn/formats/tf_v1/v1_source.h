// One slice of a tensor, in an entry of a V1 table.
#ifndef CAIRN_FORMATS_TF_V1_V1_SOURCE_H_
#define CAIRN_FORMATS_TF_V1_V1_SOURCE_H_

#include "cairn/codec/tensorflow/tensor_proto.h"
#include "cairn/core/tensor_source.h"
#include "cairn/formats/tf_v1/v1_contents.h"

namespace cairn::tf_v1 {

// The entry is looked up, its block checked and its message decoded when it is asked for its value;
// the whole of it is in memory then, unless the file is mapped and holds it as it is.
class V1Source final : public TensorSource {
 public:
  // `shape` is that of the slice.
  V1Source(Table table, std::string name, tensorflow::TensorSlice slice, DType dtype, Shape shape)
      : table_(std::move(table)),
        name_(std::move(name)),
        slice_(std::move(slice)),
        dtype_(dtype),
        shape_(std::move(shape)) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  // Errors: kSlice (no entry, or one of another slice), those of TableReader::Find, ParseSavedSlice
  // and DecodeTensorProto; each begins with the path.
  Result<std::unique_ptr<TensorStream>> OpenStream() const override;
  // Checked, too: the block is read and the value decoded at each call.
  Status ReadAt(uint64_t offset, MutableBytes out) const override;
  Result<StringTensor> ReadStrings() const override;

 private:
  struct Record {
    sstable::FoundEntry entry;
    SavedSlice saved;  // its views are of the entry
  };
  Result<Record> Find() const;
  Result<tensorflow::DecodedTensor> Decode(const Record& record) const;
  // The place of errors: the file, and the block in it.
  // The error in the file, at the block that holds the slice.
  Status Placed(const Status& error) const;

  Table table_;
  std::string name_;
  tensorflow::TensorSlice slice_;
  DType dtype_;
  Shape shape_;
};

}  // namespace cairn::tf_v1

#endif  // CAIRN_FORMATS_TF_V1_V1_SOURCE_H_
