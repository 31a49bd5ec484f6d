#include "cairn/formats/tf_v1/v1_source.h"

#include <algorithm>

#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"

namespace cairn::tf_v1 {
namespace {

// A decoded value, and what it is a view of.
class DecodedStream final : public TensorStream {
 public:
  DecodedStream(Table table, sstable::FoundEntry entry, tensorflow::DecodedTensor value)
      : table_(std::move(table)), entry_(std::move(entry)), value_(std::move(value)) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    if (scratch.empty()) return Status(Reason::kArgument, "a stream needs scratch memory");
    const size_t count = std::min(scratch.size(), value_.bytes.size() - done_);
    const Bytes next = value_.bytes.subspan(done_, count);
    done_ += count;
    return next;
  }

 private:
  Table table_;  // keeps the file open
  sstable::FoundEntry entry_;
  tensorflow::DecodedTensor value_;
  size_t done_ = 0;
};

}  // namespace

Status V1Source::Placed(const Status& error) const {
  const auto block = table_->BlockOf(tensorflow::EncodeSliceKey(name_, slice_));
  return (block ? error.AtOffset(block->offset) : error).AtPath(table_->file().path());
}

Result<V1Source::Record> V1Source::Find() const {
  CAIRN_ASSIGN_OR_RETURN(auto entry, table_->Find(tensorflow::EncodeSliceKey(name_, slice_)));
  if (!entry) {
    return Status(Reason::kSlice, "the table of contents names a slice that has no entry")
        .AtPath(table_->file().path());
  }
  auto saved = ParseSavedSlice(entry->value);
  if (!saved.ok()) return Placed(saved.status());
  if (saved->name != name_ || saved->slice != slice_) {
    return Placed(Status(Reason::kSlice, "the entry holds a slice of " + Quoted(saved->name) +
                                             ", not the one that its key names"));
  }
  return Record{*std::move(entry), *std::move(saved)};
}

Result<tensorflow::DecodedTensor> V1Source::Decode(const Record& record) const {
  auto value = tensorflow::DecodeTensorProto(record.saved.data, dtype_, shape_.num_elements());
  if (!value.ok()) return Placed(value.status());
  return value;
}

Result<std::unique_ptr<TensorStream>> V1Source::OpenStream() const {
  if (ElementNbytes(dtype_) == 0) {
    return Status(Reason::kDType, std::string(Name(dtype_)) +
                                      " elements have no fixed size; they are read by ReadStrings");
  }
  CAIRN_ASSIGN_OR_RETURN(Record record, Find());
  CAIRN_ASSIGN_OR_RETURN(auto value, Decode(record));
  return std::make_unique<DecodedStream>(table_, std::move(record.entry), std::move(value));
}

Status V1Source::ReadAt(uint64_t offset, MutableBytes out) const {
  CAIRN_ASSIGN_OR_RETURN(const Record record, Find());
  CAIRN_ASSIGN_OR_RETURN(const auto value, Decode(record));
  if (!RangeFits(offset, out.size(), value.bytes.size()))
    return PastTheEnd(offset, out.size(), value.bytes.size());
  CopyBytes(value.bytes.subspan(offset, out.size()), out.data());
  return {};
}

Result<StringTensor> V1Source::ReadStrings() const {
  if (dtype_ != DType::kString) return TensorSource::ReadStrings();
  CAIRN_ASSIGN_OR_RETURN(const Record record, Find());
  auto strings = tensorflow::DecodeStringTensorProto(record.saved.data, shape_.num_elements());
  if (!strings.ok()) return Placed(strings.status());
  return strings;
}

}  // namespace cairn::tf_v1
