#include "cairn/transfer/check_all.h"

#include <sys/mman.h>

#include "cairn/transfer/chunk_plan.h"
#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

class CheckAllTest : public TransferTest {};

SourcePtr Damaged(Buffer value, size_t byte) {
  const uint32_t crc = Crc32c(value);
  value[byte] ^= std::byte{4};
  return MemorySource(std::move(value), crc);
}

TEST_F(CheckAllTest, SoundSourcesAreVerifiedWhateverTheirKindAndSize) {
  std::vector<SourcePtr> sources;
  std::vector<uint32_t> expected;
  for (size_t nbytes : kSizes) {
    const Buffer value = SomeBytes(nbytes, nbytes);
    const uint32_t crc = Crc32c(value);
    for (Access access : {Access::kMap, Access::kRead}) {
      sources.push_back(SourceAt(FileWith(value, access), 0, nbytes, crc));
      expected.push_back(crc);
    }
    sources.push_back(Streamed(value));
    expected.push_back(0);
  }
  RecordingProgress progress;
  const auto checked = *CheckAll(sources, {.threads = 3, .progress = &progress});
  ASSERT_EQ(checked.size(), sources.size());
  for (size_t i = 0; i < checked.size(); ++i) {
    EXPECT_EQ(checked[i].verdict, Verdict::kVerified) << i << checked[i].error.message();
    EXPECT_TRUE(checked[i].error.ok());
    if (i % 3 == 2) {
      EXPECT_EQ(checked[i].checksum, std::nullopt);
    } else {
      EXPECT_EQ(checked[i].checksum, expected[i]);
    }
  }
  EXPECT_EQ(progress.done_nbytes(), progress.total_nbytes());
}

TEST_F(CheckAllTest, ChecksumsAreOfTheKindThatIsAskedFor) {
  for (const Access access : {Access::kMap, Access::kRead}) {
    std::vector<SourcePtr> sources;
    std::vector<Buffer> values;
    const auto add = [&](Buffer value, std::optional<Checksum> checksum) {
      Extent extent{FileWith(value, access), 0, value.size(), checksum};
      sources.push_back(
          *ExtentSource::Make(DType::kUInt8, VectorOf(value.size()), std::move(extent)));
      values.push_back(std::move(value));
    };
    for (const size_t nbytes : kSizes) {
      const Buffer value = SomeBytes(nbytes, nbytes);
      add(value, std::nullopt);
      add(value, Checksum{Checksum::Kind::kCrc32, Crc32(value)});
      add(value, Checksum{Checksum::Kind::kCrc32c, Crc32c(value)});
    }
    add(SomeBytes(5), Checksum{Checksum::Kind::kCrc32, Crc32(SomeBytes(5)) ^ 1});
    for (const Checksum::Kind kind : {Checksum::Kind::kCrc32, Checksum::Kind::kCrc32c}) {
      const auto checked = *CheckAll(sources, {.threads = 3}, kind);
      for (size_t i = 0; i + 1 < sources.size(); ++i) {
        EXPECT_TRUE(checked[i].error.ok()) << i;
        EXPECT_EQ(checked[i].checksum, ExtendChecksum(kind, 0, values[i])) << i;
      }
      EXPECT_EQ(checked.back().error.reason(), Reason::kCrc);
    }
  }
}

// Mapped memory that was never touched faults once for each page; what its ReadAt would return
// differs from it, so that a checksum tells which of the two was used.
class FaultingFile final : public RandomAccessFile {
 public:
  explicit FaultingFile(Buffer unmapped) : unmapped_(std::move(unmapped), "unmapped") {
    map_ = ::mmap(nullptr, size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::madvise(map_, size(), MADV_NOHUGEPAGE);
  }
  FaultingFile(const FaultingFile&) = delete;
  FaultingFile& operator=(const FaultingFile&) = delete;
  ~FaultingFile() override { ::munmap(map_, size()); }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return unmapped_.ReadAt(offset, out);
  }
  uint64_t size() const override { return unmapped_.size(); }
  const std::string& path() const override { return unmapped_.path(); }
  Bytes mapped() const override { return {static_cast<const std::byte*>(map_), size()}; }
  const RandomAccessFile* unmapped() const override { return &unmapped_; }

 private:
  MemoryFile unmapped_;
  void* map_;
};

TEST_F(CheckAllTest, AMappedFileOfManyFaultsIsCopiedInTheNextTask) {
  const Buffer unmapped = SomeBytes(7 * kMiB);
  const PlanItem item = {nullptr, 0, unmapped.size(), true};
  const uint64_t first_task = ChunkPlan::Make({&item, 1})->Chunks(0).at(0).nbytes;
  Buffer expected = unmapped;
  std::fill_n(expected.begin(), first_task, std::byte{0});
  const SourcePtr source =
      SourceAt(std::make_shared<FaultingFile>(unmapped), 0, unmapped.size(), Crc32c(expected));
  const auto checked = *CheckAll({&source, 1}, {.threads = 1});
  EXPECT_EQ(checked[0].verdict, Verdict::kVerified) << checked[0].error.message();
}

// An unmapped file that counts how often it is read, with bytes that cannot be read.
class CountingFile final : public RandomAccessFile {
 public:
  explicit CountingFile(Buffer content) : content_(std::move(content), "counting") {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    ++num_reads_;
    if (offset < bad_end && offset + out.size() > bad_begin)
      return Status(Reason::kIo, "bad sector").AtPath(path());
    return content_.ReadAt(offset, out);
  }
  uint64_t size() const override { return content_.size(); }
  const std::string& path() const override { return content_.path(); }
  int num_reads() const { return num_reads_; }

  uint64_t bad_begin = 0;
  uint64_t bad_end = 0;

 private:
  MemoryFile content_;
  mutable std::atomic<int> num_reads_ = 0;
};

// Values of 100 bytes, one every 128 bytes of the file; the one of number `damaged` has another
// checksum.
std::vector<SourcePtr> Neighbours(const std::shared_ptr<CountingFile>& file, const Buffer& content,
                                  size_t damaged) {
  std::vector<SourcePtr> sources;
  for (uint64_t offset = 0; offset + 100 <= content.size(); offset += 128) {
    const uint32_t crc32c = Crc32c(Bytes(content).subspan(offset, 100));
    sources.push_back(SourceAt(file, offset, 100, sources.size() == damaged ? ~crc32c : crc32c));
  }
  return sources;
}

TEST_F(CheckAllTest, ShortNeighboursAreReadTogetherAndJudgedEachByItself) {
  const Buffer content = SomeBytes(400 * 128);
  const auto file = std::make_shared<CountingFile>(content);
  const auto checked = *CheckAll(Neighbours(file, content, 57), {.threads = 1});
  EXPECT_LE(file->num_reads(), 4);
  ASSERT_EQ(checked.size(), 400u);
  for (size_t i = 0; i < checked.size(); ++i)
    EXPECT_EQ(checked[i].verdict, i == 57 ? Verdict::kDamaged : Verdict::kVerified) << i;
}

TEST_F(CheckAllTest, ABadSectorIsTheTroubleOfTheNeighbourThatHasIt) {
  const Buffer content = SomeBytes(400 * 128);
  const auto file = std::make_shared<CountingFile>(content);
  file->bad_begin = 57 * 128 + 10;
  file->bad_end = 57 * 128 + 20;
  const auto checked = *CheckAll(Neighbours(file, content, 400), {.threads = 1});
  for (size_t i = 0; i < checked.size(); ++i) {
    EXPECT_EQ(checked[i].verdict, i == 57 ? Verdict::kUnreadable : Verdict::kVerified) << i;
    EXPECT_EQ(checked[i].error.reason(), i == 57 ? Reason::kIo : Reason::kNone) << i;
  }
}

TEST_F(CheckAllTest, AVisitorSeesNeighboursAsWholeValues) {
  const Buffer content = SomeBytes(50 * 128);
  const auto file = std::make_shared<CountingFile>(content);
  const auto sources = Neighbours(file, content, 50);
  const auto checked = *CheckAll(sources, {.threads = 1}, Checksum::Kind::kCrc32);
  for (size_t i = 0; i < checked.size(); ++i)
    EXPECT_EQ(checked[i].checksum, Crc32(Bytes(content).subspan(i * 128, 100))) << i;
}

TEST_F(CheckAllTest, EachIsJudgedByItself) {
  const Buffer value = SomeBytes(9 * kMiB);
  const auto cut = FileWith(value, Access::kRead);
  std::filesystem::resize_file(cut->path(), 6 * kMiB);
  struct Row {
    const char* what;
    SourcePtr source;
    Verdict verdict;
    Reason reason;
  };
  const Row rows[] = {
      {"sound", MemorySource(value, Crc32c(value)), Verdict::kVerified, Reason::kNone},
      {"damaged in the first chunk", Damaged(value, 0), Verdict::kDamaged, Reason::kCrc},
      {"damaged in the middle", Damaged(value, 5 * kMiB), Verdict::kDamaged, Reason::kCrc},
      {"damaged at the end", Damaged(value, 9 * kMiB - 1), Verdict::kDamaged, Reason::kCrc},
      {"without a checksum", MemorySource(value, std::nullopt), Verdict::kUnprotected,
       Reason::kNone},
      {"empty and unprotected", MemorySource({}, std::nullopt), Verdict::kUnprotected,
       Reason::kNone},
      {"a file that was cut", SourceAt(cut, 0, value.size(), Crc32c(value)), Verdict::kUnreadable,
       Reason::kChanged},
      {"a damaged stream", Streamed(value, {.at_end = Status(Reason::kCrc, "beneath")}),
       Verdict::kDamaged, Reason::kCrc},
      {"a stream on a broken disk", Streamed(value, {.at_end = Status(Reason::kIo, "disk")}),
       Verdict::kUnreadable, Reason::kIo},
      {"a stream that is too short", Streamed(value, {.promised_nbytes = 10 * kMiB}),
       Verdict::kDamaged, Reason::kSize},
      {"strings", std::make_shared<StringSourceForTest>(), Verdict::kVerified, Reason::kNone},
      {"damaged strings", std::make_shared<StringSourceForTest>(Status(Reason::kCrc, "lengths")),
       Verdict::kDamaged, Reason::kCrc},
      {"sound, after all that", MemorySource(SomeBytes(3), Crc32c(SomeBytes(3))),
       Verdict::kVerified, Reason::kNone},
  };
  std::vector<SourcePtr> sources;
  for (const Row& row : rows) sources.push_back(row.source);
  for (int threads : {1, 4}) {
    const auto checked = *CheckAll(sources, {.threads = threads});
    for (size_t i = 0; i < sources.size(); ++i) {
      EXPECT_EQ(checked[i].verdict, rows[i].verdict) << rows[i].what;
      EXPECT_EQ(checked[i].error.reason(), rows[i].reason) << rows[i].what;
    }
    EXPECT_TRUE(checked[1].checksum.has_value()) << "what was found belongs to the finding";
  }
}

// An extent that contradicts its own source, as no reader of ours makes one.
class LyingSource final : public TensorSource {
 public:
  explicit LyingSource(Extent extent) : extent_(std::move(extent)) {}
  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return StreamExtent(extent_);
  }
  std::optional<Extent> extent() const override { return extent_; }

 private:
  Extent extent_;
  Shape shape_ = VectorOf(100);
};

TEST_F(CheckAllTest, AnExtentIsHeldToShapeAndFile) {
  const auto file = std::make_shared<const MemoryFile>(SomeBytes(100), "memory");
  const SourcePtr sources[] = {
      std::make_shared<LyingSource>(Extent{file, 0, 99, std::nullopt}),
      std::make_shared<LyingSource>(Extent{file, 1, 100, std::nullopt}),
      std::make_shared<LyingSource>(Extent{file, UINT64_MAX, 100, std::nullopt})};
  const auto checked = *CheckAll(sources, {});
  EXPECT_EQ(checked[0].error.reason(), Reason::kSize);
  EXPECT_EQ(checked[1].error.reason(), Reason::kTruncated);
  EXPECT_EQ(checked[2].error.reason(), Reason::kTruncated);
}

TEST_F(CheckAllTest, UnverifiedIsNotCalledVerified) {
  const Buffer value = SomeBytes(10);
  const SourcePtr sources[] = {MemorySource(value, Crc32c(value)), Damaged(value, 3)};
  const auto checked = *CheckAll(sources, {.verify = false});
  EXPECT_EQ(checked[0].verdict, Verdict::kUnprotected);
  EXPECT_EQ(checked[1].verdict, Verdict::kUnprotected);
}

TEST_F(CheckAllTest, Cancelled) {
  std::atomic<bool> cancel = false;
  RecordingProgress progress;
  progress.on_advance = [&] { cancel = true; };
  const Buffer value(64 * kMiB);
  for (const SourcePtr& source : {MemorySource(value, std::nullopt), Streamed(value)}) {
    cancel = false;
    const SourcePtr sources[] = {source};
    RecordingProgress told;
    told.on_advance = [&] { cancel = true; };
    const auto checked = CheckAll(sources, {.threads = 2, .progress = &told, .cancel = &cancel});
    EXPECT_EQ(checked.status().reason(), Reason::kCancelled);
    EXPECT_LT(told.done_nbytes(), 32 * kMiB);
  }
}

}  // namespace
}  // namespace cairn
