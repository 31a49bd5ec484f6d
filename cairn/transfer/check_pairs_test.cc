#include "cairn/transfer/check_pairs.h"

#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

// Puts together what the segments of each pair were shown.
class RecordingPairs final : public PairVisitor {
 public:
  struct Seen {
    std::map<uint64_t, std::pair<Buffer, Buffer>> segments;  // by position
    std::vector<std::pair<std::string, std::string>> strings;
    CheckedPair checked;
    int num_open = 0;
    int num_ends = 0;

    Buffer Whole(Buffer std::pair<Buffer, Buffer>::* side) const {
      Buffer whole;
      for (const auto& [position, both] : segments)
        whole.insert(whole.end(), (both.*side).begin(), (both.*side).end());
      return whole;
    }
    Buffer a() const { return Whole(&std::pair<Buffer, Buffer>::first); }
    Buffer b() const { return Whole(&std::pair<Buffer, Buffer>::second); }
  };

  explicit RecordingPairs(size_t count) : seen(count) {}

  std::unique_ptr<Segment> Begin(size_t pair, uint64_t position) override {
    const std::lock_guard lock(mutex_);
    ++seen[pair].num_open;
    return std::make_unique<Recorded>(*this, pair, position);
  }
  void End(size_t pair, const CheckedPair& checked) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(seen[pair].num_open, 0);
    ++seen[pair].num_ends;
    seen[pair].checked = checked;
  }

  std::vector<Seen> seen;

 private:
  class Recorded final : public Segment {
   public:
    Recorded(RecordingPairs& owner, size_t pair, uint64_t position)
        : owner_(owner), pair_(pair), position_(position) {}
    ~Recorded() override {
      const std::lock_guard lock(owner_.mutex_);
      --owner_.seen[pair_].num_open;
      if (!a_.empty()) owner_.seen[pair_].segments[position_] = {a_, b_};
    }
    void Take(Bytes a, Bytes b) override {
      EXPECT_LE(a.size(), kMostPairNbytes);
      EXPECT_LE(b.size(), kMostPairNbytes);
      a_.insert(a_.end(), a.begin(), a.end());
      b_.insert(b_.end(), b.begin(), b.end());
    }
    void TakeStrings(std::string_view a, std::string_view b) override {
      owner_.seen[pair_].strings.emplace_back(a, b);
    }

   private:
    RecordingPairs& owner_;
    size_t pair_;
    uint64_t position_;
    Buffer a_, b_;
  };

  std::mutex mutex_;
};

class CheckPairsTest : public TransferTest {};

SourcePtr WideSource(std::shared_ptr<const RandomAccessFile> file, size_t num_elements,
                     Bytes value) {
  return *ExtentSource::Make(
      DType::kFloat32, VectorOf(num_elements),
      {std::move(file), 0, num_elements * 4, Checksum{Checksum::Kind::kCrc32c, Crc32c(value)}});
}

TEST_F(CheckPairsTest, ShowsTheSameElementsOfBothSidesWhateverTheirKind) {
  std::vector<SourcePair> pairs;
  std::vector<std::pair<Buffer, Buffer>> expected;
  for (const size_t count : kSizes) {
    const Buffer bytes = SomeBytes(count, count);
    const Buffer floats = SomeBytes(4 * count, count + 1);
    const auto map = SourceAt(FileWith(bytes, Access::kMap), 0, count, Crc32c(bytes));
    const auto wide = WideSource(FileWith(floats, Access::kRead), count, floats);
    const auto add = [&](SourcePtr a, SourcePtr b, const Buffer& of_a, const Buffer& of_b) {
      pairs.push_back({std::move(a), std::move(b)});
      expected.emplace_back(of_a, of_b);
    };
    add(map, map, bytes, bytes);
    add(map, wide, bytes, floats);
    add(wide, map, floats, bytes);
    add(Streamed(bytes), wide, bytes, floats);
    add(map, Streamed(bytes, {.piece_nbytes = 1001, .gives_views = true}), bytes, bytes);
  }
  for (const uint64_t budget : {uint64_t{1}, uint64_t{64} << 20}) {
    RecordingPairs visitor(pairs.size());
    RecordingProgress progress;
    ASSERT_TRUE(
        CheckPairs(pairs, {.threads = 3, .memory_budget = budget, .progress = &progress}, visitor)
            .ok());
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto& seen = visitor.seen[i];
      EXPECT_TRUE(seen.checked.ok()) << i << seen.checked.a.message() << seen.checked.b.message();
      EXPECT_EQ(seen.num_ends, 1) << i;
      EXPECT_TRUE(seen.a() == expected[i].first) << i;
      EXPECT_TRUE(seen.b() == expected[i].second) << i;
    }
    EXPECT_EQ(progress.done_nbytes(), progress.total_nbytes());
  }
}

TEST_F(CheckPairsTest, SaysWhichSideIsDamaged) {
  const Buffer value = SomeBytes(9 * kMiB);
  const auto good = MemorySource(value, Crc32c(value));
  const auto bad = MemorySource(value, Crc32c(value) ^ 1);
  const auto bad_stream = Streamed(value, {.at_end = Status(Reason::kCrc, "damaged stream")});
  const auto shorter = MemorySource(SomeBytes(9), std::nullopt);
  const SourcePair pairs[] = {{good, good},       {good, bad},        {bad, good},    {bad, bad},
                              {good, bad_stream}, {bad_stream, good}, {shorter, good}};
  const std::pair<bool, bool> is_sound[] = {{true, true},   {true, false}, {false, true},
                                            {false, false}, {true, false}, {false, true},
                                            {false, true}};
  RecordingPairs visitor(std::size(pairs));
  ASSERT_TRUE(CheckPairs(pairs, {.threads = 2}, visitor).ok());
  for (size_t i = 0; i < std::size(pairs); ++i) {
    EXPECT_EQ(visitor.seen[i].checked.a.ok(), is_sound[i].first) << i;
    EXPECT_EQ(visitor.seen[i].checked.b.ok(), is_sound[i].second) << i;
    EXPECT_EQ(visitor.seen[i].num_ends, 1) << i;
  }
}

TEST_F(CheckPairsTest, AnErrorOfReadingIsOfItsSideAlone) {
  const Buffer value = SomeBytes(9 * kMiB);
  const auto good = MemorySource(value, Crc32c(value));
  const std::string path = NewPath();
  {
    auto file = *LocalFileSystem().CreateForWriting(path);
    ASSERT_TRUE(file->WriteAt(0, value).ok());
  }
  const auto cut =
      SourceAt(*LocalFileSystem().OpenForReading(path, Access::kRead), 0, 9 * kMiB, std::nullopt);
  std::filesystem::resize_file(path, 5 * kMiB);
  const SourcePair pairs[] = {{good, cut}, {cut, good}};
  RecordingPairs visitor(2);
  ASSERT_TRUE(CheckPairs(pairs, {.threads = 2}, visitor).ok());
  EXPECT_TRUE(visitor.seen[0].checked.a.ok());
  EXPECT_FALSE(visitor.seen[0].checked.b.ok());
  EXPECT_FALSE(visitor.seen[1].checked.a.ok());
  EXPECT_TRUE(visitor.seen[1].checked.b.ok());
}

TEST_F(CheckPairsTest, Strings) {
  const auto strings = std::make_shared<const StringSourceForTest>();
  const auto damaged = std::make_shared<const StringSourceForTest>(Status(Reason::kCrc, "damaged"));
  const SourcePair pairs[] = {{strings, strings}, {strings, damaged}};
  RecordingPairs visitor(2);
  ASSERT_TRUE(CheckPairs(pairs, {}, visitor).ok());
  EXPECT_THAT(visitor.seen[0].strings,
              testing::ElementsAre(std::pair("two", "two"), std::pair("", "")));
  EXPECT_TRUE(visitor.seen[1].checked.a.ok());
  EXPECT_EQ(visitor.seen[1].checked.b.reason(), Reason::kCrc);
}

TEST_F(CheckPairsTest, StopsWhenItIsCancelled) {
  const Buffer value = SomeBytes(40 * kMiB);
  const SourcePair pairs[] = {{Streamed(value), Streamed(value)}};
  std::atomic<bool> cancel = false;
  RecordingProgress progress;
  progress.on_advance = [&] { cancel = true; };
  RecordingPairs visitor(1);
  const Status status = CheckPairs(pairs, {.progress = &progress, .cancel = &cancel}, visitor);
  EXPECT_EQ(status.reason(), Reason::kCancelled);
  EXPECT_LT(progress.done_nbytes(), progress.total_nbytes());
  EXPECT_EQ(visitor.seen[0].num_ends, 0);
}

}  // namespace
}  // namespace cairn
