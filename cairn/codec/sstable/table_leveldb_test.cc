// leveldb as a second opinion: it reads what we write, we read what it writes, and where it is told
// to write as TensorFlow does the bytes are the same.
#include <gtest/gtest.h>
#include <leveldb/env.h>
#include <leveldb/table.h>
#include <leveldb/table_builder.h>

#include <cstring>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/codec/sstable/table_writer.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::sstable {
namespace {

class StringSink final : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    bytes.append(data.data(), data.size());
    return leveldb::Status::OK();
  }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }

  std::string bytes;
};

class StringFile final : public leveldb::RandomAccessFile {
 public:
  explicit StringFile(const std::string& bytes) : bytes_(bytes) {}
  leveldb::Status Read(uint64_t offset, size_t n, leveldb::Slice* result,
                       char* /*scratch*/) const override {
    const std::string_view read = std::string_view(bytes_).substr(offset, n);
    *result = leveldb::Slice(read.data(), read.size());
    return leveldb::Status::OK();
  }

 private:
  const std::string& bytes_;
};

struct Settings {
  size_t block_nbytes = TableWriter::kTensorFlowBlockNbytes;
  leveldb::CompressionType compression = leveldb::kNoCompression;
  int restart_interval = 16;
  bool flush_before_large = false;  // TensorFlow's rule, which leveldb lacks
};

std::string WriteWithLeveldb(const TableEntries& entries, const Settings& settings = {}) {
  leveldb::Options options;
  options.block_size = settings.block_nbytes;
  options.compression = settings.compression;
  options.block_restart_interval = settings.restart_interval;
  StringSink sink;
  leveldb::TableBuilder builder(options, &sink);
  for (const auto& [key, value] : entries) {
    const bool is_large = key.size() + value.size() >= 2 * settings.block_nbytes;
    if (settings.flush_before_large && is_large) builder.Flush();
    builder.Add(key, value);
  }
  EXPECT_TRUE(builder.Finish().ok());
  return sink.bytes;
}

TableEntries ReadWithLeveldb(const std::string& bytes) {
  leveldb::Options options;
  options.paranoid_checks = true;
  StringFile file(bytes);
  leveldb::Table* opened = nullptr;
  const leveldb::Status status = leveldb::Table::Open(options, &file, bytes.size(), &opened);
  const std::unique_ptr<leveldb::Table> table(opened);
  if (!status.ok()) {
    ADD_FAILURE() << status.ToString();
    return {};
  }
  leveldb::ReadOptions read;
  read.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> it(table->NewIterator(read));
  TableEntries entries;
  for (it->SeekToFirst(); it->Valid(); it->Next())
    entries.emplace_back(it->key().ToString(), it->value().ToString());
  EXPECT_TRUE(it->status().ok()) << it->status().ToString();
  for (const auto& [key, value] : entries) {
    it->Seek(key);  // restarts and index keys decide where this goes
    EXPECT_TRUE(it->Valid() && it->key() == key && it->value() == value);
  }
  return entries;
}

std::string WriteWithOurs(const TableEntries& entries,
                          size_t block_nbytes = TableWriter::kTensorFlowBlockNbytes) {
  TableWriter writer(block_nbytes);
  for (const auto& [key, value] : entries) EXPECT_TRUE(writer.Add(key, value).ok());
  return writer.Finish();
}

TableEntries ReadWithOurs(const std::string& bytes, Access access = Access::kMap) {
  const auto table = TableReader::Open(OpenBytes(bytes, access));
  if (!table.ok()) {
    ADD_FAILURE() << table.status().message();
    return {};
  }
  TableEntries entries;
  const Status status = table->ForEach([&](std::string_view key, Bytes value) -> Status {
    entries.emplace_back(key, AsText(value));
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return entries;
}

// Makes what an index of many variables looks like: long keys that share a lot, values that do not.
TableEntries ManyVariables(size_t count) {
  TableEntries entries = {{"", "\x08\x01\x1a\x02\x08\x01"}};
  for (size_t i = 0; i < count; ++i) {
    char number[24];
    std::snprintf(number, sizeof number, "%06zu", i);
    const std::string value(10 + i % 7, static_cast<char>(i));
    entries.emplace_back("model/layer_" + std::string(number) + "/kernel", value);
  }
  return entries;
}

std::vector<TableEntries> Examples() {
  return {{},
          {{"", ""}},
          ManyVariables(3),
          ManyVariables(20'000),
          // These keys meet every case of separators and successors.
          {{"a", ""},
           {"a\xff", ""},
           {"a\xff\xff", ""},
           {"b", ""},
           {"bcd", ""},
           {"bce", ""},
           {"bd", ""},
           {"\xff", ""},
           {"\xff\xff", ""}},
          {{std::string(1, '\0'), "x"}, {std::string(2, '\0'), "y"}},
          // Values around a block, and around two.
          {{"a", std::string(262'100, 'v')},
           {"b", "1"},
           {"c", std::string(262'144, 'w')},
           {"d", "2"},
           {"e", std::string(524'286, 'x')},
           {"f", "3"}}};
}

TEST(TableLeveldbTest, ReadsWhatWeWrite) {
  for (const TableEntries& entries : Examples()) {
    for (size_t block_nbytes : {size_t{1}, size_t{64}, size_t{4096}, size_t{262'144}})
      EXPECT_EQ(ReadWithLeveldb(WriteWithOurs(entries, block_nbytes)), entries);
  }
}

TEST(TableLeveldbTest, WeReadWhatItWrites) {
  for (const TableEntries& entries : Examples()) {
    for (size_t block_nbytes : {size_t{64}, size_t{4096}, size_t{262'144}}) {
      for (auto compression : {leveldb::kNoCompression, leveldb::kSnappyCompression}) {
        for (int restart_interval : {1, 3, 16}) {
          const std::string bytes =
              WriteWithLeveldb(entries, {block_nbytes, compression, restart_interval});
          EXPECT_EQ(ReadWithOurs(bytes), entries);
          EXPECT_EQ(ReadWithOurs(bytes, Access::kRead), entries);
        }
      }
    }
  }
}

TEST(TableLeveldbTest, ItsSnappyBlocksAreReallyThere) {
  const TableEntries entries = ManyVariables(1000);
  EXPECT_LT(WriteWithLeveldb(entries, {.compression = leveldb::kSnappyCompression}).size(),
            WriteWithLeveldb(entries).size());
}

TEST(TableLeveldbTest, TheBytesAreTheSame) {
  for (const TableEntries& entries : Examples()) {
    for (size_t block_nbytes : {size_t{64}, size_t{4096}, size_t{262'144}}) {
      const std::string ours = WriteWithOurs(entries, block_nbytes);
      EXPECT_EQ(ours, WriteWithLeveldb(entries,
                                       {.block_nbytes = block_nbytes, .flush_before_large = true}));
    }
  }
}

TEST(TableLeveldbTest, AnEntryOfTwoBlocksBeginsOne) {
  const TableEntries below = {{"a", "1"}, {"b", std::string(524'286, 'x')}};  // 2 blocks less 1
  const TableEntries at = {{"a", "1"}, {"b", std::string(524'287, 'x')}};
  EXPECT_EQ(WriteWithOurs(below), WriteWithLeveldb(below));
  EXPECT_NE(WriteWithOurs(at), WriteWithLeveldb(at));
  EXPECT_EQ(WriteWithOurs(at), WriteWithLeveldb(at, {.flush_before_large = true}));
}

}  // namespace
}  // namespace cairn::sstable
