#include "cairn/transfer/materialize.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/read_all.h"
#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

class MaterializeTest : public TransferTest {};

Buffer Read(const TensorSource& source) {
  Buffer value(source.nbytes());
  const ReadJob job{SourcePtr(SourcePtr(), &source), value};
  EXPECT_TRUE(ReadAll(std::span(&job, 1), {}).ok());
  return value;
}

TEST_F(MaterializeTest, KeepsNumbersStringsAndMetadata) {
  const Buffer value = SomeBytes(5 * kMiB + 1);
  TensorDict loaded;
  {
    TensorDict::Builder builder;
    builder.Add("w", SourceAt(FileWith(value, Access::kMap), 0, value.size(), Crc32c(value)));
    builder.Add("empty", MemorySource({}, 0));
    builder.Add("made", Streamed(SomeBytes(77)), "datetime64[ns]");
    builder.Add("words", std::make_shared<StringSourceForTest>(), "<U5");
    builder.SetMetadata({{"step", "7"}});
    auto result = Materialize(*builder.Build(), {});
    ASSERT_TRUE(result.ok()) << result.status().message();
    loaded = *std::move(result);
  }
  ASSERT_EQ(loaded.size(), 4u);
  EXPECT_EQ(loaded.metadata().at("step"), "7");
  EXPECT_EQ(loaded.info(*loaded.Find("words")).stored_as, "<U5");
  EXPECT_EQ(loaded.info(*loaded.Find("made")).stored_as, "datetime64[ns]");
  EXPECT_EQ((*(*loaded.Get("words"))->ReadStrings())[0], "two");
  EXPECT_EQ((*(*loaded.Get("words"))->ReadStrings()).size(), 2u);
  EXPECT_TRUE(Read(**loaded.Get("w")) == value);
  EXPECT_TRUE(Read(**loaded.Get("made")) == SomeBytes(77));
  EXPECT_TRUE(Read(**loaded.Get("empty")).empty());
  for (const char* name : {"w", "made", "empty"}) {
    const Extent extent = *(*loaded.Get(name))->extent();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(extent.file->mapped().data() + extent.offset) % 64, 0u);
  }
  // A value that had a checksum keeps one.
  EXPECT_EQ((*loaded.Get("w"))->extent()->checksum->value, Crc32c(value));
  EXPECT_EQ((*loaded.Get("made"))->extent()->checksum, std::nullopt);
}

TEST_F(MaterializeTest, TheValuesOutliveTheirFilesAndTheDict) {
  const Buffer value = SomeBytes(1000);
  SourcePtr kept;
  {
    TensorDict::Builder builder;
    builder.Add("w", MemorySource(value, std::nullopt));
    kept = *Materialize(*builder.Build(), {})->Get("w");
  }
  EXPECT_TRUE(Read(*kept) == value);
}

TEST_F(MaterializeTest, DamageIsAnErrorThatNamesTheTensor) {
  TensorDict::Builder builder;
  builder.Add("a", MemorySource(SomeBytes(10), Crc32c(SomeBytes(10))));
  builder.Add("b", MemorySource(SomeBytes(10), 1));
  const auto loaded = Materialize(*builder.Build(), {});
  EXPECT_EQ(loaded.status().reason(), Reason::kCrc);
  EXPECT_TRUE(loaded.status().tensor() == "b");

  builder.Add("words", std::make_shared<StringSourceForTest>(Status(Reason::kCrc, "lengths")));
  EXPECT_EQ(Materialize(*builder.Build(), {}).status().message(), "tensor 'words': lengths");
}

TEST_F(MaterializeTest, AnEmptyDict) { EXPECT_EQ(Materialize(TensorDict(), {})->size(), 0u); }

TEST_F(MaterializeTest, MoreThanThereIsMemory) {
  TensorDict::Builder builder;
  builder.Add("huge", Streamed({}, {.promised_nbytes = size_t{1} << 60}));
  EXPECT_EQ(Materialize(*builder.Build(), {}).status().reason(), Reason::kNoMemory);
}

TEST(ArenaTest, IsAlignedAndWritableToItsEnd) {
  for (uint64_t nbytes :
       {uint64_t{0}, uint64_t{1}, uint64_t{4097}, 2 * kMiB - 1, 2 * kMiB, 5 * kMiB + 3}) {
    const auto arena = *Arena::Make(nbytes);
    ASSERT_EQ(arena->bytes().size(), nbytes);
    std::ranges::fill(arena->bytes(), std::byte{1});
    const uint64_t alignment = nbytes >= 2 * kMiB ? 2 * kMiB : 64;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena->bytes().data()) % alignment, 0u);
  }
  EXPECT_EQ(Arena::Make(UINT64_MAX).status().reason(), Reason::kNoMemory);
  EXPECT_EQ(Arena::Make(uint64_t{1} << 60).status().reason(), Reason::kNoMemory);
}

const std::byte* AddressOf(const TensorDict& dict, std::string_view name) {
  const Extent extent = *(*dict.Get(name))->extent();
  return extent.file->mapped().data() + extent.offset;
}

Result<TensorDict> DictWith(const Buffer& value) {
  TensorDict::Builder builder;
  builder.Add("w", MemorySource(value, std::nullopt));
  return builder.Build();
}

TEST_F(MaterializeTest, ASnapshotHasTheChecksumOfWhatWasCopied) {
  const Buffer value = SomeBytes(9 * kMiB + 5);
  SnapshotMemory memory;
  const auto copy = memory.Copy(*DictWith(value), {});
  ASSERT_TRUE(copy.ok()) << copy.status().message();
  EXPECT_EQ((*copy->Get("w"))->extent()->checksum->value, Crc32c(value));
  EXPECT_TRUE(Read(**copy->Get("w")) == value);
}

TEST_F(MaterializeTest, ASnapshotThatIsGoneLendsItsMemoryToTheNext) {
  SnapshotMemory memory;
  const std::byte* first = nullptr;
  {
    const auto copy = memory.Copy(*DictWith(SomeBytes(3 * kMiB)), {});
    first = AddressOf(*copy, "w");
    EXPECT_FALSE(memory.is_free());
  }
  EXPECT_TRUE(memory.is_free());
  const auto smaller = memory.Copy(*DictWith(SomeBytes(kMiB)), {});
  EXPECT_EQ(AddressOf(*smaller, "w"), first);
}

TEST_F(MaterializeTest, ASnapshotThatIsUsedKeepsItsMemory) {
  const Buffer value = SomeBytes(1000);
  SnapshotMemory memory;
  const auto copy = memory.Copy(*DictWith(value), {});
  const SourcePtr kept = *copy->Get("w");
  const auto second = memory.Copy(*DictWith(SomeBytes(900)), {});
  EXPECT_NE(AddressOf(*second, "w"), AddressOf(*copy, "w"));
  EXPECT_TRUE(Read(*kept) == value);
}

}  // namespace
}  // namespace cairn
