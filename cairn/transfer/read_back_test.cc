#include "cairn/transfer/read_back.h"

#include <gmock/gmock.h>

#include <array>

#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

using testing::HasSubstr;

class ReadBackTest : public TransferTest {
 protected:
  // Writes values of these sizes into two files, one after another, with a gap between them.
  void Write(Checksum::Kind kind) {
    for (std::unique_ptr<WritableFile>& file : files_) file = NewFile();
    uint64_t offset = 16;
    for (size_t i = 0; i < kSizesHere.size(); ++i) {
      jobs_.push_back({.source = MemorySource(SomeBytes(kSizesHere[i], i + 1), std::nullopt),
                       .file = files_[i % files_.size()].get(),
                       .offset = offset,
                       .checksum_kind = kind});
      offset += kSizesHere[i] + 28;
    }
    checksums_ = *WriteAll(jobs_, {}, kNames);
  }

  Status Run(const TransferOptions& options = {}) {
    return ReadBack(LocalFileSystem(), jobs_, checksums_, options, kNames);
  }

  void Flip(size_t job, uint64_t byte) {
    const std::byte other = ~SomeBytes(kSizesHere[job], job + 1)[byte];
    ASSERT_TRUE(jobs_[job].file->WriteAt(jobs_[job].offset + byte, Bytes(&other, 1)).ok());
  }

  static constexpr std::array<size_t, 6> kSizesHere = {100, 0, 7, 5 << 20, 100, 100};
  static constexpr std::array<std::string_view, 6> kNames = {"a", "b", "c", "d", "e", "f"};
  std::array<std::unique_ptr<WritableFile>, 2> files_;
  std::vector<WriteJob> jobs_;
  std::vector<uint32_t> checksums_;
};

TEST_F(ReadBackTest, EveryFlippedByteIsFoundInItsTensor) {
  for (const Checksum::Kind kind : {Checksum::Kind::kCrc32c, Checksum::Kind::kCrc32}) {
    for (const auto& [job, byte] : {std::pair<size_t, uint64_t>{0, 0},
                                    {0, 99},
                                    {2, 3},
                                    {3, 0},
                                    {3, (5 << 20) - 1},
                                    {5, 50}}) {
      jobs_.clear();
      Write(kind);
      EXPECT_TRUE(Run().ok()) << Run().ToString();
      Flip(job, byte);
      const Status status = Run();
      EXPECT_EQ(status.reason(), Reason::kCrc);
      EXPECT_EQ(status.tensor(), kNames[job]);
      EXPECT_THAT(status.ToString(), HasSubstr("read back"));
    }
  }
}

TEST_F(ReadBackTest, AFileThatWasCutIsAnError) {
  Write(Checksum::Kind::kCrc32c);
  std::filesystem::resize_file(files_[1]->path(), jobs_[3].offset + 1000);
  EXPECT_EQ(Run().reason(), Reason::kTruncated);
  std::filesystem::remove(files_[1]->path());
  EXPECT_EQ(Run().reason(), Reason::kMissing);
}

TEST_F(ReadBackTest, AFlippedByteOfAHeadIsFound) {
  files_[0] = NewFile();
  jobs_.push_back({.source = MemorySource(SomeBytes(100, 1), std::nullopt),
                   .file = files_[0].get(),
                   .offset = 4,
                   .head_nbytes = 4,
                   .head = [](uint32_t) { return "head"; }});
  checksums_ = *WriteAll(jobs_, {}, {{"a"}});
  EXPECT_TRUE(Run().ok()) << Run().ToString();
  ASSERT_TRUE(files_[0]->WriteAt(2, AsBytes("x")).ok());
  EXPECT_EQ(Run().reason(), Reason::kCrc);
  EXPECT_EQ(Run().tensor(), "a");
}

TEST_F(ReadBackTest, EveryFlippedByteOfGivenBytesIsFound) {
  const Buffer index = SomeBytes(150'000, 1);
  files_[0] = NewFile();
  const std::string& path = files_[0]->path();
  ASSERT_TRUE(files_[0]->WriteAt(16, index).ok());
  EXPECT_TRUE(ReadBackBytes(LocalFileSystem(), path, 16, index).ok());
  EXPECT_TRUE(ReadBackBytes(LocalFileSystem(), path, 16, {}).ok());
  for (const size_t byte : {0, 65'535, 65'536, 149'999}) {
    Buffer other = index;
    other[byte] = ~other[byte];
    const Status status = ReadBackBytes(LocalFileSystem(), path, 16, other);
    EXPECT_EQ(status.reason(), Reason::kCrc);
    EXPECT_EQ(status.path(), path);
    EXPECT_EQ(status.offset(), 16 + byte / 65'536 * 65'536);
    EXPECT_THAT(status.ToString(), HasSubstr("read back"));
  }
  std::filesystem::resize_file(path, 16 + 100'000);
  EXPECT_EQ(ReadBackBytes(LocalFileSystem(), path, 16, index).code(), StatusCode::kDataLoss);
}

TEST_F(ReadBackTest, ItIsCancelled) {
  Write(Checksum::Kind::kCrc32c);
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(Run({.cancel = &cancel}).reason(), Reason::kCancelled);
}

}  // namespace
}  // namespace cairn
