#include "cairn/source/agreed_source.h"

#include <algorithm>
#include <string>

#include "cairn/core/dtype.h"

namespace cairn {
namespace {

// The bytes of the first source, while those of the others are compared with them.
class AgreedStream final : public TensorStream {
 public:
  AgreedStream(std::vector<std::unique_ptr<TensorStream>> streams, uint64_t element_nbytes)
      : streams_(std::move(streams)), element_nbytes_(element_nbytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, streams_[0]->Next(scratch));
    for (size_t k = 1; k < streams_.size(); ++k) CAIRN_RETURN_IF_ERROR(Compare(k, piece));
    position_ += piece.size();
    return piece;
  }

 private:
  Status Compare(size_t k, Bytes piece) {
    other_.resize(std::max<size_t>(piece.size(), 1));
    for (size_t done = 0; done < piece.size() || piece.empty();) {
      const MutableBytes room = MutableBytes(other_).subspan(done);
      CAIRN_ASSIGN_OR_RETURN(const Bytes other, streams_[k]->Next(room));
      if (other.empty() && piece.empty()) return {};
      if (other.empty()) return Status(Reason::kSize, "the value ends before its last element");
      const auto [at, of_other] = std::ranges::mismatch(piece.subspan(done), other);
      if (of_other != other.end()) return Differs(k, position_ + (at - piece.begin()));
      done += other.size();
    }
    return {};
  }

  Status Differs(size_t k, uint64_t byte) const {
    return Status(Reason::kMismatch, "has another value in source " + std::to_string(k + 1) +
                                         " than in the first, in element " +
                                         std::to_string(byte / element_nbytes_));
  }

  std::vector<std::unique_ptr<TensorStream>> streams_;
  uint64_t element_nbytes_;
  uint64_t position_ = 0;
  std::vector<std::byte> other_;
};

class AgreedSource final : public TensorSource {
 public:
  explicit AgreedSource(TensorSources sources) : sources_(std::move(sources)) {}

  DType dtype() const override { return sources_[0]->dtype(); }
  const Shape& shape() const override { return sources_[0]->shape(); }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    std::vector<std::unique_ptr<TensorStream>> streams;
    for (const auto& source : sources_) {
      CAIRN_ASSIGN_OR_RETURN(auto stream, source->OpenStream());
      streams.push_back(std::move(stream));
    }
    return std::make_unique<AgreedStream>(std::move(streams), ElementNbytes(dtype()));
  }
  Result<StringTensor> ReadStrings() const override {
    CAIRN_ASSIGN_OR_RETURN(StringTensor agreed, sources_[0]->ReadStrings());
    for (size_t k = 1; k < sources_.size(); ++k) {
      CAIRN_ASSIGN_OR_RETURN(const StringTensor other, sources_[k]->ReadStrings());
      if (other != agreed)
        return Status(Reason::kMismatch, "has another value in source " + std::to_string(k + 1) +
                                             " than in the first");
    }
    return agreed;
  }
  Status CheckCanBeHeld() const override { return sources_[0]->CheckCanBeHeld(); }

 private:
  TensorSources sources_;
};

}  // namespace

Result<std::shared_ptr<const TensorSource>> AgreedValue(TensorSources sources) {
  CAIRN_RETURN_IF_ERROR(CheckShapes(sources));
  for (const auto& source : sources) {
    if (source->dtype() != sources[0]->dtype())
      return Status(Reason::kMismatch, "has different dtypes: " + DescribeSource(*sources[0]) +
                                           " and " + DescribeSource(*source));
  }
  return std::make_shared<const AgreedSource>(std::move(sources));
}

}  // namespace cairn
