#include "cairn/transfer/read_all.h"
#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

enum class Kind { kMapped, kRead, kMemory, kStream, kViews };

class ReadAllTest : public TransferTest, public testing::WithParamInterface<Kind> {
 protected:
  // One after the other in a file, after three bytes that are nobody's: nothing is aligned.
  std::vector<SourcePtr> Sources(const std::vector<Buffer>& values) {
    switch (GetParam()) {
      case Kind::kMapped:
      case Kind::kRead:
        return InOneFile(values, GetParam() == Kind::kMapped ? Access::kMap : Access::kRead);
      case Kind::kMemory:
        return Each(values, [](const Buffer& value) { return MemorySource(value, Crc32c(value)); });
      case Kind::kStream:
        return Each(values, [](const Buffer& value) {
          return Streamed(value, {.piece_nbytes = 1'000'003});
        });
      case Kind::kViews:
        return Each(values, [](const Buffer& value) {
          return Streamed(value, {.piece_nbytes = 70'001, .gives_views = true});
        });
    }
    return {};
  }

  std::vector<SourcePtr> InOneFile(const std::vector<Buffer>& values, Access access) {
    Buffer content(3);
    for (const Buffer& value : values) content.insert(content.end(), value.begin(), value.end());
    const auto file = FileWith(content, access);
    std::vector<SourcePtr> sources;
    uint64_t offset = 3;
    for (const Buffer& value : values) {
      sources.push_back(SourceAt(file, offset, value.size(), Crc32c(value)));
      offset += value.size();
    }
    return sources;
  }

  template <typename Make>
  static std::vector<SourcePtr> Each(const std::vector<Buffer>& values, Make make) {
    std::vector<SourcePtr> sources;
    for (const Buffer& value : values) sources.push_back(make(value));
    return sources;
  }
};

TEST_P(ReadAllTest, EveryByteArrives) {
  std::vector<Buffer> values;
  for (size_t nbytes : kSizes) values.push_back(SomeBytes(nbytes, nbytes));
  const std::vector<SourcePtr> sources = Sources(values);
  for (int threads : {1, 3}) {
    std::vector<Buffer> read;
    std::vector<ReadJob> jobs;
    for (const Buffer& value : values) read.emplace_back(value.size());
    for (size_t i = 0; i < values.size(); ++i) jobs.push_back({sources[i], read[i]});
    RecordingProgress progress;
    const Status status = ReadAll(jobs, {.threads = threads, .progress = &progress});
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(read == values);
    EXPECT_EQ(progress.done_nbytes(), progress.total_nbytes());
    EXPECT_GE(progress.num_calls(), 5);
  }
}

INSTANTIATE_TEST_SUITE_P(, ReadAllTest,
                         testing::Values(Kind::kMapped, Kind::kRead, Kind::kMemory, Kind::kStream,
                                         Kind::kViews));

class ReadErrorTest : public TransferTest {
 protected:
  // Reads three tensors, of which the second is `middle`.
  static Status ReadWith(const SourcePtr& middle, size_t nbytes, TransferOptions options = {}) {
    const Buffer value = SomeBytes(100);
    const SourcePtr sound = MemorySource(value, Crc32c(value));
    Buffer a(100), b(nbytes), c(100);
    const ReadJob jobs[] = {{sound, a}, {middle, b}, {sound, c}};
    const std::string_view names[] = {"a", "fc/W", "c"};
    return ReadAll(jobs, options, names);
  }
};

TEST_F(ReadErrorTest, DamageIsFoundWhereverItIs) {
  const Buffer value = SomeBytes(9 * kMiB);
  const uint32_t crc = Crc32c(value);
  for (size_t damaged_byte : {size_t{0}, 5 * kMiB, 9 * kMiB - 1}) {
    Buffer damaged = value;
    damaged[damaged_byte] ^= std::byte{1};
    for (Access access : {Access::kMap, Access::kRead}) {
      const auto file = FileWith(damaged, access);
      const Status status = ReadWith(SourceAt(file, 0, value.size(), crc), value.size());
      EXPECT_EQ(status.reason(), Reason::kCrc) << damaged_byte;
      EXPECT_TRUE(status.message().starts_with(file->path() + ": tensor 'fc/W': "))
          << status.message();
      EXPECT_TRUE(ReadWith(SourceAt(file, 0, value.size(), std::nullopt), value.size()).ok());
      EXPECT_TRUE(
          ReadWith(SourceAt(file, 0, value.size(), crc), value.size(), {.verify = false}).ok());
    }
  }
}

TEST_F(ReadErrorTest, TheChecksumOfAnEmptyTensorCounts) {
  EXPECT_TRUE(ReadWith(MemorySource({}, 0), 0).ok());
  EXPECT_EQ(ReadWith(MemorySource({}, 1), 0).reason(), Reason::kCrc);
}

TEST_F(ReadErrorTest, ErrorsOfStreamsPassUp) {
  const Status broken(Reason::kCrc, "beneath");
  const Status status = ReadWith(Streamed(SomeBytes(5000), {.at_end = broken}), 5000);
  EXPECT_EQ(status.message(), "tensor 'fc/W': beneath");
  EXPECT_EQ(status.reason(), Reason::kCrc);
  EXPECT_EQ(ReadWith(Streamed({}, {.at_end = broken}), 0).reason(), Reason::kCrc);
}

TEST_F(ReadErrorTest, AStreamIsHeldToItsShape) {
  EXPECT_EQ(ReadWith(Streamed(SomeBytes(10), {.promised_nbytes = 11}), 11).reason(), Reason::kSize);
  EXPECT_EQ(ReadWith(Streamed(SomeBytes(10), {.promised_nbytes = 9}), 9).reason(), Reason::kSize);
  EXPECT_EQ(
      ReadWith(Streamed(SomeBytes(10), {.gives_views = true, .promised_nbytes = 9}), 9).reason(),
      Reason::kSize);
}

TEST_F(ReadErrorTest, ADestinationOfAnotherSizeIsRefused) {
  const Status status = ReadWith(MemorySource(SomeBytes(8), std::nullopt), 7);
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_EQ(status.message(), "tensor 'fc/W': the value has 8 bytes, its destination 7");
}

TEST_F(ReadErrorTest, StringsAreRefused) {
  EXPECT_EQ(ReadWith(std::make_shared<StringSourceForTest>(), 0).reason(), Reason::kDType);
}

TEST_F(ReadErrorTest, AFileThatWasCutIsAnError) {
  const Buffer value = SomeBytes(6 * kMiB);
  const auto file = FileWith(value, Access::kRead);
  std::filesystem::resize_file(file->path(), 5 * kMiB);
  EXPECT_EQ(ReadWith(SourceAt(file, 0, value.size(), Crc32c(value)), value.size()).reason(),
            Reason::kChanged);
}

TEST_F(ReadErrorTest, Cancelled) {
  const Buffer value = SomeBytes(64 * kMiB);
  for (bool streams : {false, true}) {
    std::atomic<bool> cancel = false;
    RecordingProgress progress;
    progress.on_advance = [&] { cancel = true; };
    const SourcePtr source =
        streams ? Streamed(value, {.piece_nbytes = kMiB}) : MemorySource(value, Crc32c(value));
    const Status status =
        ReadWith(source, value.size(), {.threads = 2, .progress = &progress, .cancel = &cancel});
    EXPECT_EQ(status.reason(), Reason::kCancelled);
    EXPECT_LT(progress.done_nbytes(), 32 * kMiB);
  }
}

TEST_F(ReadErrorTest, ManySmallTensors) {
  const Buffer content = SomeBytes(400'000);
  const auto file = FileWith(content, Access::kMap);
  Buffer read(content.size());
  std::vector<ReadJob> jobs;
  for (uint64_t offset = 0; offset < content.size(); offset += 4) {
    const Bytes value = Bytes(content).subspan(offset, 4);
    jobs.push_back(
        {SourceAt(file, offset, 4, Crc32c(value)), MutableBytes(read).subspan(offset, 4)});
  }
  ASSERT_TRUE(ReadAll(jobs, {.threads = 2}).ok());
  EXPECT_TRUE(read == content);
  jobs[77'777].source = SourceAt(file, 77'777 * 4, 4, 12345);
  EXPECT_EQ(ReadAll(jobs, {.threads = 2}).reason(), Reason::kCrc);
}

TEST(ReadNothingTest, Succeeds) { EXPECT_TRUE(ReadAll({}, {}).ok()); }

}  // namespace
}  // namespace cairn
