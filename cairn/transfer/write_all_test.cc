#include <map>
#include <mutex>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/transfer/chunk_plan.h"
#include "cairn/transfer/transfer_sources_fixture.h"
#include "cairn/transfer/write_all.h"

namespace cairn {
namespace {

class WriteAllTest : public TransferTest {};

class WriteAllKindsTest : public TransferTest {
 protected:
  // Every size, from a mapped file, a read one, memory, and two kinds of streams.
  void SetUp() override {
    TransferTest::SetUp();
    uint64_t seed = 0;
    for (size_t nbytes : kSizes) {
      for (int kind = 0; kind < 5; ++kind) {
        Buffer value = SomeBytes(nbytes, ++seed);
        sources_.push_back(SourceOf(kind, value));
        values_.push_back(std::move(value));
      }
    }
  }

  SourcePtr SourceOf(int kind, const Buffer& value) {
    const uint32_t crc = Crc32c(value);
    if (kind == 0) return SourceAt(FileWith(value, Access::kMap), 0, value.size(), crc);
    if (kind == 1) return SourceAt(FileWith(value, Access::kRead), 0, value.size(), crc);
    if (kind == 2) return MemorySource(value, crc);
    return Streamed(value, {.piece_nbytes = 300'007, .gives_views = kind == 4});
  }

  // One after the other, each at a multiple of `alignment`.
  std::vector<WriteJob> Jobs(WritableFile& file, uint64_t alignment) const {
    std::vector<WriteJob> jobs;
    uint64_t end = 0;
    for (size_t i = 0; i < sources_.size(); ++i) {
      const uint64_t offset = (end + alignment - 1) / alignment * alignment;
      jobs.push_back({sources_[i], &file, offset, offset - end});
      end = offset + values_[i].size();
    }
    return jobs;
  }

  std::vector<SourcePtr> sources_;
  std::vector<Buffer> values_;
};

TEST_F(WriteAllKindsTest, FilesHaveTheBytesAndTheResultTheirChecksums) {
  for (uint64_t alignment : {1, 64}) {
    for (int threads : {1, 3}) {
      const auto file = NewFile();
      const std::vector<WriteJob> jobs = Jobs(*file, alignment);
      RecordingProgress progress;
      const auto checksums = WriteAll(jobs, {.threads = threads, .progress = &progress});
      ASSERT_TRUE(checksums.ok()) << checksums.status().message();
      const Buffer written = Contents(file->path());
      uint64_t end = 0;
      for (size_t i = 0; i < jobs.size(); ++i) {
        const Bytes padding = Bytes(written).subspan(end, jobs[i].offset - end);
        const Bytes value = Bytes(written).subspan(jobs[i].offset, values_[i].size());
        EXPECT_TRUE(std::ranges::all_of(padding, [](std::byte b) { return b == std::byte{0}; }));
        EXPECT_TRUE(std::ranges::equal(value, values_[i])) << "tensor " << i;
        EXPECT_EQ((*checksums)[i], Crc32c(values_[i])) << "tensor " << i;
        end = jobs[i].offset + value.size();
      }
      EXPECT_EQ(written.size(), end);
      EXPECT_EQ(progress.done_nbytes(), progress.total_nbytes());
    }
  }
}

TEST_F(WriteAllKindsTest, SeveralFiles) {
  std::vector<std::unique_ptr<WritableFile>> files;
  std::vector<WriteJob> jobs;
  for (size_t i = 0; i < sources_.size(); ++i) {
    files.push_back(NewFile());
    jobs.push_back({sources_[i], files.back().get(), 0});
  }
  ASSERT_TRUE(WriteAll(jobs, {.threads = 2}).ok());
  for (size_t i = 0; i < sources_.size(); ++i)
    EXPECT_TRUE(Contents(files[i]->path()) == values_[i]);
}

// One thread at a time can write to a file: two have each its own to go through.
TEST_F(WriteAllTest, ThreadsWriteToSeveralFilesAtOnce) {
  constexpr size_t kNumValues = 8;
  MemoryFileSystem disk;
  FaultFileSystem fs(disk);
  const Buffer value = SomeBytes(kChunkNbytes);
  std::vector<std::unique_ptr<WritableFile>> files;
  std::vector<WriteJob> jobs;
  for (const char* name : {"a", "b"}) {
    files.push_back(*fs.CreateForWriting(name));
    for (size_t i = 0; i < kNumValues; ++i)
      jobs.push_back({MemorySource(value, Crc32c(value)), files.back().get(), i * value.size()});
  }
  ASSERT_TRUE(WriteAll(jobs, {.threads = 2}).ok());
  std::vector<std::string> order;  // of the files written to
  for (const TracedCall& call : fs.script().trace()) {
    if (call.call == Call::kWrite) order.push_back(call.path);
  }
  // One file after the other would be half of the writes each, however the threads run.
  const auto begin = std::span(order).first(order.size() / 4);
  EXPECT_NE(std::ranges::count(begin, "a"), 0);
  EXPECT_NE(std::ranges::count(begin, "b"), 0);
}

// Counts the writes of the file beneath.
class CountingFile final : public WritableFile {
 public:
  explicit CountingFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
  Status WriteAt(uint64_t offset, Bytes bytes) override {
    ++num_writes;
    const bool is_within_a_block =
        offset / kFileBlockNbytes == (offset + bytes.size() - 1) / kFileBlockNbytes;
    num_across += is_within_a_block ? 0 : 1;
    return file_->WriteAt(offset, bytes);
  }
  Status Allocate(uint64_t nbytes) override { return file_->Allocate(nbytes); }
  Status Sync() override { return file_->Sync(); }
  Status Close() override { return file_->Close(); }
  const std::string& path() const override { return file_->path(); }

  std::atomic<int> num_writes = 0;
  std::atomic<int> num_across = 0;  // blocks

 private:
  std::unique_ptr<WritableFile> file_;
};

TEST_F(WriteAllTest, SmallNeighboursAreOneWrite) {
  for (bool streams : {false, true}) {
    CountingFile file(NewFile());
    std::vector<WriteJob> jobs;
    for (uint64_t i = 0; i < 10'000; ++i) {
      Buffer value = SomeBytes(12, i);
      jobs.push_back(
          {streams ? Streamed(value) : MemorySource(value, Crc32c(value)), &file, i * 16 + 4, 4});
    }
    ASSERT_TRUE(WriteAll(jobs, {.threads = 1}).ok());
    EXPECT_LE(file.num_writes, 3);
    const Buffer written = Contents(file.path());
    ASSERT_EQ(written.size(), 160'000u);
    for (uint64_t i = 0; i < 10'000; ++i) {
      const Bytes value = Bytes(written).subspan(i * 16 + 4, 12);
      ASSERT_TRUE(std::ranges::equal(value, SomeBytes(12, i)));
    }
  }
}

// The head before a value is made of its checksum: for a small one in the buffer, for a large one,
// or one whose head lies in another block, in the file.
TEST_F(WriteAllTest, HeadsKnowTheChecksums) {
  const auto file = NewFile();
  std::vector<WriteJob> jobs;
  std::vector<Buffer> values;
  uint64_t end = 0;
  std::atomic<int> num_heads = 0;
  for (const uint64_t nbytes : {uint64_t{5}, uint64_t{0}, kFileBlockNbytes - 24, uint64_t{40},
                                3 * kFileBlockNbytes, uint64_t{7}, 2 * kFileBlockNbytes}) {
    values.push_back(SomeBytes(nbytes, jobs.size()));
    const bool streams = jobs.size() == 3;
    const uint64_t offset = end + 8;
    jobs.push_back(
        {streams ? Streamed(values.back()) : MemorySource(values.back(), Crc32c(values.back())),
         file.get(), offset, 8, Checksum::Kind::kCrc32, [&](uint32_t checksum) {
           ++num_heads;
           std::string head(8, '!');
           std::memcpy(head.data(), &checksum, sizeof checksum);
           return head;
         }});
    end = offset + nbytes;
  }
  for (const int threads : {1, 3}) {
    num_heads = 0;
    ASSERT_TRUE(WriteAll(jobs, {.threads = threads}).ok());
    EXPECT_EQ(num_heads, static_cast<int>(jobs.size()));
    const Buffer written = Contents(file->path());
    ASSERT_EQ(written.size(), end);
    for (size_t i = 0; i < jobs.size(); ++i) {
      const Bytes head = Bytes(written).subspan(jobs[i].offset - 8, 8);
      EXPECT_EQ(LoadLittleEndian<uint32_t>(head.data()), Crc32(values[i])) << i;
      EXPECT_EQ(head[7], std::byte{'!'});
      EXPECT_TRUE(
          std::ranges::equal(Bytes(written).subspan(jobs[i].offset, values[i].size()), values[i]))
          << i;
    }
  }
  jobs[0].head = [](uint32_t /*checksum*/) { return std::string("too long, too long"); };
  EXPECT_EQ(WriteAll(jobs, {}).status().reason(), Reason::kInternal);
}

// Wherever the values begin, writes fill blocks of the file.
TEST_F(WriteAllTest, WritesAreBlocksOfTheFile) {
  for (bool streams : {false, true}) {
    CountingFile file(NewFile());
    std::vector<WriteJob> jobs;
    uint64_t offset = 60'001;
    for (const uint64_t nbytes : {9 * kMiB, uint64_t{5}, 7 * kMiB - 11}) {
      Buffer value = SomeBytes(nbytes);
      jobs.push_back(
          {streams ? Streamed(value) : MemorySource(value, Crc32c(value)), &file, offset});
      offset += nbytes;
    }
    ASSERT_TRUE(WriteAll(jobs, {.threads = 2}).ok());
    EXPECT_EQ(file.num_across, 0);
    // One for each block, and one more where a task ends between values.
    EXPECT_LE(file.num_writes, static_cast<int>(offset / kFileBlockNbytes) + 8);
  }
}

TEST_F(WriteAllTest, BytesThatAreNobodysStayAsTheyAre) {
  const auto file = NewFile();
  const Buffer old(30, std::byte{0x55});
  ASSERT_TRUE(file->WriteAt(0, old).ok());
  const SourcePtr source = MemorySource(Buffer(10, std::byte{1}), std::nullopt);
  const WriteJob jobs[] = {{source, file.get(), 0}, {source, file.get(), 20}};
  ASSERT_TRUE(WriteAll(jobs, {}).ok());
  const Buffer written = Contents(file->path());
  EXPECT_EQ(written[9], std::byte{1});
  EXPECT_EQ(written[10], std::byte{0x55});
  EXPECT_EQ(written[19], std::byte{0x55});
  EXPECT_EQ(written[20], std::byte{1});
}

TEST_F(WriteAllTest, DamageIsNeverWrittenAsGood) {
  const Buffer value = SomeBytes(9 * kMiB);
  for (size_t damaged_byte : {size_t{0}, 5 * kMiB, 9 * kMiB - 1}) {
    Buffer damaged = value;
    damaged[damaged_byte] ^= std::byte{0x80};
    const auto file = NewFile();
    const WriteJob jobs[] = {{MemorySource(damaged, Crc32c(value)), file.get(), 0}};
    const std::string_view names[] = {"fc/W"};
    const auto written = WriteAll(jobs, {.threads = 2}, names);
    EXPECT_EQ(written.status().reason(), Reason::kCrc);
    EXPECT_TRUE(written.status().message().starts_with("memory: tensor 'fc/W': "))
        << written.status().message();
    const auto unverified = WriteAll(jobs, {.verify = false});
    ASSERT_TRUE(unverified.ok());
    EXPECT_EQ((*unverified)[0], Crc32c(damaged));
  }
}

TEST_F(WriteAllTest, ErrorsOfStreamsPassUp) {
  const auto file = NewFile();
  const WriteJob jobs[] = {
      {Streamed({}), file.get(), 0},
      {Streamed(SomeBytes(5 * kMiB), {.at_end = Status(Reason::kCrc, "beneath")}), file.get(), 64}};
  const std::string_view names[] = {"a", "b"};
  EXPECT_EQ(WriteAll(jobs, {}, names).status().message(), "tensor 'b': beneath");
  const WriteJob strings[] = {{std::make_shared<StringSourceForTest>(), file.get(), 0}};
  EXPECT_EQ(WriteAll(strings, {}).status().reason(), Reason::kDType);
}

class FullFile final : public WritableFile {
 public:
  Status WriteAt(uint64_t /*offset*/, Bytes /*bytes*/) override {
    return Status(Reason::kNoSpace, "full");
  }
  Status Allocate(uint64_t /*nbytes*/) override { return {}; }
  Status Sync() override { return {}; }
  Status Close() override { return {}; }
  const std::string& path() const override { return path_; }

 private:
  std::string path_ = "full";
};

TEST_F(WriteAllTest, ErrorsOfTheFilePassUp) {
  FullFile full;
  for (const SourcePtr& source :
       {Streamed(SomeBytes(kMiB)), MemorySource(SomeBytes(3), std::nullopt)}) {
    const WriteJob jobs[] = {{source, &full, 0}};
    EXPECT_EQ(WriteAll(jobs, {}).status().reason(), Reason::kNoSpace);
  }
}

// The scratch that streams are given are the only buffers of WriteAll.
TEST_F(WriteAllTest, BuffersStayWithinTheBudget) {
  struct Row {
    uint64_t budget;
    int threads;
    size_t max_buffers;
    size_t max_nbytes;
  };
  for (const Row& row :
       {Row{64 * kMiB, 4, 4, 8 * kMiB}, Row{512 << 10, 2, 2, 512 << 10},
        Row{512 << 10, 16, 8, 512 << 10}, Row{100'000, 8, 1, 100'000}, Row{1, 8, 1, 64 << 10}}) {
    std::mutex mutex;
    struct Span {
      const std::byte* begin;
      const std::byte* end;
    };
    std::map<std::thread::id, Span> buffers;
    const auto watch = [&](MutableBytes scratch) {
      const std::lock_guard lock(mutex);
      const Span seen{scratch.data(), scratch.data() + scratch.size()};
      Span& buffer = buffers.emplace(std::this_thread::get_id(), seen).first->second;
      buffer = {std::min(buffer.begin, seen.begin), std::max(buffer.end, seen.end)};
      std::this_thread::yield();
    };
    const auto file = NewFile();
    std::vector<WriteJob> jobs;
    for (uint64_t i = 0; i < 16; ++i)
      jobs.push_back({Streamed(SomeBytes(kMiB), {.watch = watch}), file.get(), i * kMiB});
    ASSERT_TRUE(WriteAll(jobs, {.threads = row.threads, .memory_budget = row.budget}).ok());
    size_t total = 0;
    for (const auto& [thread, buffer] : buffers)
      total += static_cast<size_t>(buffer.end - buffer.begin);
    EXPECT_LE(buffers.size(), row.max_buffers);
    EXPECT_LE(total, row.max_nbytes);
  }
}

// The bytes that are written are those that were summed, even if a program trains on while it
// saves.
TEST_F(WriteAllTest, TheChecksumIsThatOfTheFileWhileTheArrayChanges) {
  if (kHasThreadSanitizer) GTEST_SKIP() << "the program races with the save, as the test wants it";
  Buffer array = SomeBytes(32 * kMiB);
  const SourcePtr source = SourceAt(std::make_shared<const MemoryFile>(Bytes(array), "array"), 0,
                                    array.size(), std::nullopt);
  std::atomic<bool> done = false;
  std::thread trainer([&] {
    for (size_t i = 0; !done; i = (i + 4093) % array.size()) {
      std::atomic_ref<uint8_t>(reinterpret_cast<uint8_t&>(array[i])).fetch_add(1);
    }
  });
  for (int round = 0; round < 5; ++round) {
    const auto file = NewFile();
    const WriteJob jobs[] = {{source, file.get(), 0}};
    const auto checksums = WriteAll(jobs, {.threads = 2});
    ASSERT_TRUE(checksums.ok());
    EXPECT_EQ((*checksums)[0], Crc32c(Contents(file->path())));
  }
  done = true;
  trainer.join();
}

TEST_F(WriteAllTest, Cancelled) {
  std::atomic<bool> cancel = false;
  RecordingProgress progress;
  progress.on_advance = [&] { cancel = true; };
  const auto file = NewFile();
  const WriteJob jobs[] = {{MemorySource(Buffer(64 * kMiB), std::nullopt), file.get(), 0}};
  const auto written = WriteAll(jobs, {.threads = 2, .progress = &progress, .cancel = &cancel});
  EXPECT_EQ(written.status().reason(), Reason::kCancelled);
  EXPECT_LT(progress.done_nbytes(), 32 * kMiB);
}

}  // namespace
}  // namespace cairn
