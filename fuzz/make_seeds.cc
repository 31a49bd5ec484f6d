// Writes the inputs that fuzzing begins with, a folder for each target: make_seeds FOLDER.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/table_bytes.h"

namespace {

using cairn::BlockBytes;
using cairn::BundleBytes;
using cairn::DType;
using cairn::EntryFields;
using cairn::TableBytes;
using cairn::TableEntries;
using namespace std::string_literals;

class SeedFolder {
 public:
  explicit SeedFolder(const std::filesystem::path& path) : path_(path) {
    std::filesystem::create_directories(path);
  }
  void Add(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path path_;
};

void WriteTables(const SeedFolder& seeds) {
  const TableEntries entries = {{"", "v"}, {"a", "1"}, {"ab", "22"}, {"b", ""}, {"b\0c"s, "4"}};
  seeds.Add("empty", TableBytes().Finish());
  seeds.Add("one_block", cairn::MakeTable(entries));
  seeds.Add("many_blocks", cairn::MakeTable(entries, 1));
  seeds.Add("snappy", cairn::MakeSnappyTable(entries, 3));
  BlockBytes restarts(1);
  for (const auto& [key, value] : entries) restarts.Add(key, value);
  seeds.Add("restarts", TableBytes().AddBlock(restarts, "z").Finish());
}

void WriteIndexes(const SeedFolder& seeds) {
  BundleBytes bundle(2);
  bundle.Add("scalar", DType::kInt64, {}, "12345678", 1)
      .Add("matrix", DType::kFloat32, {2, 3}, std::string(24, 'x'))
      .Add("empty", DType::kBFloat16, {0, 4}, "")
      .AddStrings("text", {2}, {"hi", ""});
  EntryFields partitioned;
  partitioned.dims = {4};
  partitioned.more = "\x3a\x06\x0a\x04\x08\x02\x10\x02";
  bundle.AddEntry("w", partitioned).Add("\0w\0\x01\x01\x01\x82\x82"s, DType::kInt8, {2}, "ab");
  seeds.Add("sound", bundle.index());
  bundle.entries_per_block = 2;
  seeds.Add("many_blocks", bundle.index());
  bundle.header = "\x08\x02\x10\x01\x1a\x06\x08\x01\x1a\x02\x02\x03";
  seeds.Add("big_endian", bundle.index());
  seeds.Add("v1", cairn::MakeTable({{"", "\x0a\x05\x0a\x03\x0a\x01w"}}));
}

void WriteStrings(const SeedFolder& seeds) {
  seeds.Add("none", "\0\xd8\xea\x82\xa2"s);
  seeds.Add("one_empty", "\x01\0\xa6\x7b\x11\x3a"s);
  seeds.Add("hello", "\x01\x05\xd9\xc6\x9c\x43hello");
  seeds.Add("hello_and_empty", "\x02\x05\0\xea\xb2\x04\x3ehello"s);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  WriteTables(SeedFolder(folder / "sstable"));
  WriteIndexes(SeedFolder(folder / "bundle_index"));
  WriteStrings(SeedFolder(folder / "string_payload"));
  return 0;
}
