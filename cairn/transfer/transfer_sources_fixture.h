// The sources that the tests of transfer move: values of any size behind every kind of source.
#ifndef CAIRN_TRANSFER_TRANSFER_SOURCES_FIXTURE_H_
#define CAIRN_TRANSFER_TRANSFER_SOURCES_FIXTURE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>

#include "cairn/io/checksum.h"
#include "cairn/io/file_system.h"
#include "cairn/source/extent_source.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

using Buffer = std::vector<std::byte>;
using SourcePtr = std::shared_ptr<const TensorSource>;

// Bytes that repeat nowhere near a chunk, so that a chunk in the wrong place shows.
inline Buffer SomeBytes(size_t nbytes, uint64_t seed = 1) {
  Buffer bytes(nbytes);
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  for (std::byte& byte : bytes) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<std::byte>(state >> 56);
  }
  return bytes;
}

inline Shape VectorOf(size_t num_elements) {
  return *Shape::Make({static_cast<int64_t>(num_elements)});
}

// A directory of its own for each test, removed at the end.
class TransferTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    std::ranges::replace(name, '/', '_');
    directory_ = testing::TempDir() + "cairn_" + name + "_" + std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string NewPath() { return directory_ + "/" + std::to_string(num_files_++); }

  std::unique_ptr<WritableFile> NewFile() { return *LocalFileSystem().CreateForWriting(NewPath()); }

  std::shared_ptr<const RandomAccessFile> FileWith(Bytes content, Access access) {
    const std::string path = NewPath();
    auto file = *LocalFileSystem().CreateForWriting(path);
    EXPECT_TRUE(file->WriteAt(0, content).ok());
    return *LocalFileSystem().OpenForReading(path, access);
  }

  static Buffer Contents(const std::string& path) {
    const auto file = *LocalFileSystem().OpenForReading(path, Access::kRead);
    Buffer content(file->size());
    EXPECT_TRUE(file->ReadAt(0, content).ok());
    return content;
  }

  std::string directory_;
  int num_files_ = 0;
};

// A uint8 vector in `file`, with the checksum that its bytes have, or another.
inline SourcePtr SourceAt(std::shared_ptr<const RandomAccessFile> file, uint64_t offset,
                          uint64_t nbytes, std::optional<uint32_t> crc32c) {
  Extent extent{std::move(file), offset, nbytes, std::nullopt};
  if (crc32c) extent.checksum = Checksum{Checksum::Kind::kCrc32c, *crc32c};
  return *ExtentSource::Make(DType::kUInt8, VectorOf(nbytes), std::move(extent));
}

inline SourcePtr MemorySource(Buffer content, std::optional<uint32_t> crc32c) {
  const uint64_t nbytes = content.size();
  return SourceAt(std::make_shared<const MemoryFile>(std::move(content), "memory"), 0, nbytes,
                  crc32c);
}

// A value that has no extent. Its chunks fill at most `piece_nbytes` of the scratch, or are views;
// `at_end` is what its stream says after the last byte.
class StreamSource final : public TensorSource {
 public:
  struct Options {
    size_t piece_nbytes = SIZE_MAX;
    bool gives_views = false;
    Status at_end = {};
    std::optional<size_t> promised_nbytes = {};    // by the shape, where that is not what there is
    std::function<void(MutableBytes)> watch = {};  // called with each scratch
  };

  StreamSource(Buffer content, Options options)
      : content_(std::move(content)),
        options_(std::move(options)),
        shape_(VectorOf(options_.promised_nbytes.value_or(content_.size()))) {}

  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return std::make_unique<Stream>(*this);
  }

 private:
  class Stream final : public TensorStream {
   public:
    explicit Stream(const StreamSource& source) : source_(source) {}

    Result<Bytes> Next(MutableBytes scratch) override {
      if (source_.options_.watch) source_.options_.watch(scratch);
      const Bytes left = Bytes(source_.content_).subspan(done_);
      if (left.empty()) {
        CAIRN_RETURN_IF_ERROR(source_.options_.at_end);
        return Bytes();
      }
      const size_t most = std::min({left.size(), source_.options_.piece_nbytes, scratch.size()});
      if (source_.options_.gives_views) {
        done_ += most;
        return left.first(most);
      }
      const MutableBytes chunk = scratch.first(most);
      std::memcpy(chunk.data(), left.data(), chunk.size());
      done_ += chunk.size();
      return Bytes(chunk);
    }

   private:
    const StreamSource& source_;
    size_t done_ = 0;
  };

  Buffer content_;
  Options options_;
  Shape shape_;
};

inline SourcePtr Streamed(Buffer content, StreamSource::Options options = {}) {
  return std::make_shared<const StreamSource>(std::move(content), std::move(options));
}

class StringSourceForTest final : public TensorSource {
 public:
  explicit StringSourceForTest(Status error = {}) : error_(std::move(error)) {}

  DType dtype() const override { return DType::kString; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return Status(Reason::kDType, "strings");
  }
  Result<StringTensor> ReadStrings() const override {
    CAIRN_RETURN_IF_ERROR(error_);
    StringTensor strings;
    strings.Add("two");
    strings.Add("");
    return strings;
  }

 private:
  Status error_;
  Shape shape_ = VectorOf(2);
};

class RecordingProgress final : public Progress {
 public:
  void Advance(uint64_t done_nbytes, uint64_t total_nbytes) override {
    EXPECT_FALSE(inside_.exchange(true)) << "told from two threads at once";
    EXPECT_GT(done_nbytes, done_nbytes_);
    EXPECT_LE(done_nbytes, total_nbytes);
    done_nbytes_ = done_nbytes;
    total_nbytes_ = total_nbytes;
    ++num_calls_;
    if (on_advance) on_advance();
    inside_ = false;
  }

  uint64_t done_nbytes() const { return done_nbytes_; }
  uint64_t total_nbytes() const { return total_nbytes_; }
  int num_calls() const { return num_calls_; }

  std::function<void()> on_advance;

 private:
  std::atomic<bool> inside_ = false;
  uint64_t done_nbytes_ = 0;
  uint64_t total_nbytes_ = 0;
  int num_calls_ = 0;
};

// Around the size of a chunk, where mistakes live.
inline constexpr size_t kMiB = size_t{1} << 20;
inline constexpr size_t kSizes[] = {0, 1, 4095, 4 * kMiB - 1, 4 * kMiB, 4 * kMiB + 1, 9 * kMiB};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_TRANSFER_SOURCES_FIXTURE_H_
