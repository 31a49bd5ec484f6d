#include "cairn/source/read_once_source.h"

#include <mutex>
#include <utility>

namespace cairn {
namespace {

// The value, as long as it may be read. Its streams share it with the source.
class ReadableOnce {
 public:
  ReadableOnce(std::shared_ptr<const TensorSource> source, std::function<void()> on_read)
      : source_(std::move(source)), on_read_(std::move(on_read)) {}

  const TensorSource& source() const { return *source_; }

  // Returns false if the value was read before.
  bool BeginStream() {
    const std::lock_guard lock(mutex_);
    if (was_read_) return false;
    ++num_streams_;
    return true;
  }
  void EndStream(bool is_at_end) {
    std::function<void()> on_read;
    {
      const std::lock_guard lock(mutex_);
      --num_streams_;
      was_read_ = was_read_ || is_at_end;
      if (was_read_ && num_streams_ == 0) on_read = std::exchange(on_read_, nullptr);
    }
    if (on_read) on_read();
  }

 private:
  const std::shared_ptr<const TensorSource> source_;
  std::mutex mutex_;
  std::function<void()> on_read_;  // null after it was called
  int num_streams_ = 0;
  bool was_read_ = false;
};

class OnceStream final : public TensorStream {
 public:
  explicit OnceStream(std::shared_ptr<ReadableOnce> value) : value_(std::move(value)) {}
  OnceStream(const OnceStream&) = delete;
  OnceStream& operator=(const OnceStream&) = delete;
  ~OnceStream() override {
    stream_.reset();  // what it gave is valid as long as it
    value_->EndStream(is_at_end_);
  }

  Status Open() {
    CAIRN_ASSIGN_OR_RETURN(stream_, value_->source().OpenStream());
    return {};
  }
  Result<Bytes> Next(MutableBytes scratch) override {
    CAIRN_ASSIGN_OR_RETURN(const Bytes bytes, stream_->Next(scratch));
    is_at_end_ = bytes.empty();
    return bytes;
  }

 private:
  const std::shared_ptr<ReadableOnce> value_;
  std::unique_ptr<TensorStream> stream_;
  bool is_at_end_ = false;
};

class OnceSource final : public TensorSource {
 public:
  OnceSource(std::shared_ptr<const TensorSource> source, std::function<void()> on_read)
      : dtype_(source->dtype()),
        shape_(source->shape()),
        value_(std::make_shared<ReadableOnce>(std::move(source), std::move(on_read))) {}

  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    if (!value_->BeginStream())
      return Status(Reason::kGone, "was read, and may have another value by now");
    auto stream = std::make_unique<OnceStream>(value_);
    CAIRN_RETURN_IF_ERROR(stream->Open());
    return std::unique_ptr<TensorStream>(std::move(stream));
  }

 private:
  const DType dtype_;
  const Shape shape_;
  const std::shared_ptr<ReadableOnce> value_;
};

}  // namespace

std::shared_ptr<const TensorSource> ReadOnceSource(std::shared_ptr<const TensorSource> source,
                                                   std::function<void()> on_read) {
  return std::make_shared<OnceSource>(std::move(source), std::move(on_read));
}

}  // namespace cairn
