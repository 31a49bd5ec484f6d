#include "cairn/transfer/encode_all.h"

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

// Turns every segment into its length in decimal, its bytes, and how it ended.
class MarkingEncoder final : public SegmentEncoder {
 public:
  static EncoderFactory Factory() {
    return {[]() -> Result<std::unique_ptr<SegmentEncoder>> {
              return std::make_unique<MarkingEncoder>();
            },
            kSegmentNbytes + 100};
  }

  void Begin() override { bytes_.clear(); }
  Status Add(Bytes plain) override {
    bytes_.insert(bytes_.end(), plain.begin(), plain.end());
    return {};
  }
  Result<Bytes> Finish(bool is_last) override {
    const std::string length = std::to_string(bytes_.size()) + ":";
    const Bytes front = AsBytes(length);
    bytes_.insert(bytes_.begin(), front.begin(), front.end());
    bytes_.push_back(is_last ? std::byte{'.'} : std::byte{','});
    return Bytes(bytes_);
  }

 private:
  Buffer bytes_;
};

void Append(Buffer& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

// Encodes a value in one thread, in the simplest way.
Buffer EncodedBy(std::string_view prefix, Bytes value) {
  MarkingEncoder encoder;
  Buffer encoded;
  encoder.Begin();
  EXPECT_TRUE(encoder.Add(AsBytes(prefix)).ok());
  do {
    const Bytes segment = value.first(std::min<uint64_t>(value.size(), kSegmentNbytes));
    value = value.subspan(segment.size());
    EXPECT_TRUE(encoder.Add(segment).ok());
    Append(encoded, encoder.Finish(value.empty()).value());
    encoder.Begin();
  } while (!value.empty());
  return encoded;
}

class EncodeAllTest : public TransferTest {
 protected:
  // Values of many sizes, in files, in memory, and behind streams.
  void SetUp() override {
    TransferTest::SetUp();
    for (const size_t nbytes : {size_t{0}, size_t{1}, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB + 7}) {
      const Buffer value = SomeBytes(nbytes, values_.size());
      const uint32_t crc = Crc32c(value);
      Add(value, SourceAt(FileWith(value, Access::kMap), 0, nbytes, crc));
      Add(value, SourceAt(FileWith(value, Access::kRead), 0, nbytes, std::nullopt));
      Add(value, MemorySource(value, crc));
      Add(value, Streamed(value, {.piece_nbytes = 64 << 10}));
    }
  }

  void Add(const Buffer& value, SourcePtr source) {
    const std::string prefix = "prefix " + std::to_string(values_.size());
    const auto head = [](const EncodedValue& encoded) {
      std::string text = std::to_string(encoded.nbytes);
      text.resize(12);
      return text;
    };
    jobs_.push_back({std::move(source), prefix, Checksum::Kind::kCrc32, 12, head});
    values_.push_back(value);
  }

  // The whole file, and what the results must be.
  Buffer Expected(std::vector<EncodedValue>& results) const {
    Buffer file;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Buffer plain;
      Append(plain, AsBytes(jobs_[i].prefix));
      Append(plain, values_[i]);
      const Buffer encoded = EncodedBy(jobs_[i].prefix, values_[i]);
      results.push_back({file.size(), plain.size(), encoded.size(), Crc32(plain), Crc32(encoded)});
      Append(file, AsBytes(jobs_[i].head(results.back())));
      Append(file, encoded);
    }
    return file;
  }

  Result<std::vector<EncodedValue>> Encode(WritableFile& file, TransferOptions options = {}) {
    return EncodeAll(jobs_, MarkingEncoder::Factory(), file, options);
  }

  std::vector<EncodeJob> jobs_;
  std::vector<Buffer> values_;
};

TEST_F(EncodeAllTest, BytesAndResultsAreTheSameForAnyNumberOfThreads) {
  std::vector<EncodedValue> expected;
  const Buffer content = Expected(expected);
  for (const int threads : {1, 2, 5}) {
    for (const uint64_t budget : {uint64_t{1}, 64 * kMiB}) {
      MemoryFileSystem fs;
      RecordingProgress progress;
      TransferOptions options{.threads = threads, .memory_budget = budget};
      options.progress = &progress;
      const auto encoded = Encode(**fs.CreateForWriting("out"), options);
      ASSERT_TRUE(encoded.ok()) << encoded.status().message();
      EXPECT_TRUE(fs.Get("out").value() == content) << threads;
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(encoded->at(i).offset, expected[i].offset) << i;
        EXPECT_EQ(encoded->at(i).plain_nbytes, expected[i].plain_nbytes) << i;
        EXPECT_EQ(encoded->at(i).nbytes, expected[i].nbytes) << i;
        EXPECT_EQ(encoded->at(i).checksum, expected[i].checksum) << i;
        EXPECT_EQ(encoded->at(i).encoded_checksum, expected[i].encoded_checksum) << i;
      }
      EXPECT_EQ(progress.done_nbytes(), progress.total_nbytes());
    }
  }
}

TEST_F(EncodeAllTest, DamageIsNeverEncoded) {
  for (const int threads : {1, 3}) {
    const Buffer value = SomeBytes(2 * kMiB);
    Add(value, MemorySource(value, Crc32c(value) ^ 1));
    MemoryFileSystem fs;
    std::vector<std::string_view> names(jobs_.size(), "good");
    names.back() = "bad";
    const auto encoded = EncodeAll(jobs_, MarkingEncoder::Factory(), **fs.CreateForWriting("out"),
                                   {.threads = threads}, names);
    EXPECT_EQ(encoded.status().reason(), Reason::kCrc);
    EXPECT_EQ(encoded.status().tensor(), "bad");
    jobs_.pop_back();
    values_.pop_back();
    TransferOptions trusting{.threads = threads};
    trusting.verify = false;
    EXPECT_TRUE(Encode(**fs.CreateForWriting("trusted"), trusting).ok());
  }
}

// Whatever fails, nobody waits for a turn that does not come.
TEST_F(EncodeAllTest, EveryErrorEndsAllThreads) {
  for (const int threads : {1, 4}) {
    for (const uint64_t nth : {1, 5, 20}) {
      MemoryFileSystem disk;
      FaultFileSystem fs(disk);
      fs.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace, .nth = nth});
      const auto file = *fs.CreateForWriting("out");
      EXPECT_EQ(Encode(*file, {.threads = threads}).status().reason(), Reason::kNoSpace);
    }
    MemoryFileSystem fs;
    int made = 0;
    const EncoderFactory failing{[&]() -> Result<std::unique_ptr<SegmentEncoder>> {
                                   ++made;
                                   return Status(Reason::kNoMemory, "no encoder");
                                 },
                                 0};
    const auto failed = EncodeAll(jobs_, failing, **fs.CreateForWriting("a"), {.threads = 1});
    EXPECT_EQ(failed.status().reason(), Reason::kNoMemory);
    EXPECT_EQ(made, 1);
    Add(SomeBytes(9), Streamed(SomeBytes(9), {.at_end = Status(Reason::kIo, "no end")}));
    const auto stream = Encode(**fs.CreateForWriting("b"), {.threads = threads});
    EXPECT_EQ(stream.status().reason(), Reason::kIo);
    jobs_.pop_back();
    values_.pop_back();
  }
}

TEST_F(EncodeAllTest, CanBeCancelled) {
  for (const int threads : {1, 3}) {
    MemoryFileSystem fs;
    std::atomic<bool> cancel = false;
    RecordingProgress progress;
    progress.on_advance = [&] { cancel = true; };
    TransferOptions options{.threads = threads};
    options.progress = &progress;
    options.cancel = &cancel;
    const auto encoded = Encode(**fs.CreateForWriting("out"), options);
    EXPECT_EQ(encoded.status().code(), StatusCode::kCancelled);
  }
}

TEST_F(EncodeAllTest, AHeadMustFillItsRoom) {
  jobs_.front().head_nbytes = 11;
  MemoryFileSystem fs;
  EXPECT_EQ(Encode(**fs.CreateForWriting("out")).status().reason(), Reason::kInternal);
}

}  // namespace
}  // namespace cairn
