// Writes the inputs that fuzzing begins with, a folder for each target: make_seeds FOLDER.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cairn/core/bookkeeping.h"
#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/file_header.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/monitor/event_record.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/v1_bytes.h"
#include "cairn/testing/values.h"
#include "cairn/testing/zip_bytes.h"

namespace {

using cairn::BlockBytes;
using cairn::BundleBytes;
using cairn::DType;
using cairn::EntryFields;
using cairn::TableBytes;
using cairn::TableEntries;
using cairn::V1Bytes;
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

enum class Entries : uint8_t { kAsTheyAre, kSealed };

std::string WithSize(const std::string& index, const std::string& data,
                     Entries entries = Entries::kAsTheyAre) {
  std::string bytes;
  bytes += static_cast<char>(index.size());
  bytes += static_cast<char>(index.size() >> 8 | (entries == Entries::kSealed ? 0x80 : 0));
  return bytes + index + data;
}

void WriteDirectories(const SeedFolder& seeds) {
  BundleBytes bundle;
  bundle.Add("a", DType::kInt64, {}, "12345678").AddStrings("text", {2}, {"hi", ""});
  seeds.Add("plain", WithSize(bundle.index(), bundle.shards[0]));
  bundle.AddVariants("list", {1}, {"message"})
      .AddSliced("v", DType::kInt8, {2, 2}, {{{{0, 2}, {0, 1}}, "ac"}, {{{0, 2}, {1, 1}}, "bd"}});
  seeds.Add("slices", WithSize(bundle.index(), bundle.shards[0]));
  seeds.Add("sealed", WithSize(bundle.index(), bundle.shards[0], Entries::kSealed));
  bundle.entries_per_block = 2;
  const std::string index = bundle.index();
  seeds.Add("no_footer", WithSize(index.substr(0, index.size() - 48), bundle.shards[0]));
}

void WriteV1(const SeedFolder& seeds) {
  V1Bytes bytes;
  bytes.AddWhole("w", DType::kFloat32, {2}, cairn::V1Floats({1, 2}));
  seeds.Add("one", bytes.file());
  bytes.AddWhole("i", DType::kInt8, {3}, cairn::V1Values({1, -1, 2}))
      .AddSliced("v", DType::kInt8, {2},
                 {{{{0, 1}}, cairn::V1Values({1})}, {{{1, 1}}, cairn::V1Values({2})}});
  bytes.entries_per_block = 2;
  seeds.Add("slices", bytes.file());
}

void WriteTensors(const SeedFolder& seeds) {
  seeds.Add("floats", "\x01\x02" + cairn::V1Floats({1, 2}));
  seeds.Add("ints", "\x06\x03" + cairn::V1Values({1, -1, 2}));
  seeds.Add("content",
            "\x05\x02\x22\x04"
            "abcd");
  seeds.Add("strings",
            "\x07\x02\x42\x01"
            "a"
            "\x42\x02"
            "bc");
}

void WriteSlices(const SeedFolder& seeds) {
  seeds.Add("rows", cairn::SliceMessage({{0, 5}, {0, -1}}));
  seeds.Add("key", cairn::SliceKeyBytes("w", {{0, 5}, {0, -1}}));
  seeds.Add("escapes", cairn::SliceKeyBytes("a\0b\xff"s, {{1000, 64}}));
}

void WriteGraphs(const SeedFolder& seeds) {
  seeds.Add("one",
            "\x0a\x07\x0a\x05\x08\x01\x12\x01w\x0a\x19\x12\x17\x0a\x0eVARIABLE_VALUE\x1a\x05"
            "w/.AT");
  seeds.Add("cycle", "\x0a\x05\x0a\x03\x12\x01w\x0a\x08\x1a\x06\x08\x00\x12\x01m\x18"s);
}

void WriteMetaGraphs(const SeedFolder& seeds) {
  cairn::GraphBytes graph;
  graph.Variable("w", DType::kFloat32, {2, 3})
      .Save("save",
            {{"w", DType::kFloat32, "", "w/Read"}, {"part", DType::kInt8, "4 3 2,2:-", "w"}})
      .Signature("serving_default", {"x"}, {"y"});
  seeds.Add("saves", graph.MetaGraph());
  cairn::GraphBytes body;
  body.Node("read", "ReadVariableOp", {"handle"});
  graph.Function("f", {"handle"}, "read:value:0", body)
      .Node("call", "PartitionedCall", {"w"}, cairn::GraphBytes::FunctionAttribute("f", "f"))
      .Collection("variables", 2, {cairn::GraphBytes::VariableDef("w", true)})
      .Saver("save/restore_all")
      .Field(7, "\x0a\x07\x0a\x05\x08\x01\x12\x01w\x0a\x05\x3a\x03\x32\x01w");
  seeds.Add("functions", graph.MetaGraph());
}

void WriteGraphTexts(const SeedFolder& seeds) {
  seeds.Add(
      "meta_graph",
      "graph_def { node { name: \"w\" op: 'VarHandleOp' attr { key: \"shape\" value { shape "
      "{ dim { size: 2 } } } } attr { key: \"dtype\" value { type: DT_FLOAT } } } }\n"
      "collection_def { key: \"variables\" value { bytes_list { value: \"\\n\\003w:0\" } } }\n");
  seeds.Add("graph",
            "node { name: \"w\" op: \"Const\" input: [\"a\", \"b\"] } versions <producer: 9>");
  seeds.Add("saved_model", "saved_model_schema_version: 1 meta_graphs { [a.b/c] { x: -1 } }");
}

void WriteSafetensors(const SeedFolder& seeds) {
  const auto file = [](const std::string& json, const std::string& data) {
    std::string size(8, '\0');
    size[0] = static_cast<char>(json.size());
    size[1] = static_cast<char>(json.size() >> 8);
    return size + json + data;
  };
  namespace format = cairn::safetensors;
  format::Header header;
  const int64_t dims[] = {2, 2};
  const auto rank1 = std::span(dims).first(1);
  header.entries.Add({"a", cairn::DType::kUInt8, rank1, 0, 2});
  header.entries.Add({"b", cairn::DType::kFloat32, {}, 2, 6});
  header.metadata = {{"format", "pt"}, {"cairn.entry._CAIRN_RUN_STATE", "Zm9v"}};
  const uint32_t checksums[] = {cairn::Crc32c(cairn::AsBytes("xy")),
                                cairn::Crc32c(cairn::AsBytes("abcd"))};
  seeds.Add("two", format::EncodeFileHead(header, checksums).bytes + "xyabcd");
  format::Header packed;
  const int64_t four[] = {4};
  const int64_t one[] = {1};
  packed.entries.Add({"f4", cairn::DType::kFloat4E2M1FN, dims, 0, 2});
  packed.entries.Add({"f6", cairn::DType::kFloat6E3M2FN, four, 2, 5});
  packed.entries.Add({"f8", cairn::DType::kFloat8E8M0FNU, one, 5, 6});
  seeds.Add("packed", file(format::EncodeHeader(packed), "xyabcd"));
  seeds.Add("index", R"({"metadata":{"total_size":2},"weight_map":{"a":"m.safetensors"}})");
}

void WriteNumpy(const SeedFolder& seeds) {
  const std::string numbers =
      cairn::NpyBytes("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }\n", "0a0b0c0d");
  const std::string texts =
      cairn::NpyBytes("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }\n", "a\0\0\0"s);
  seeds.Add("npy", numbers);
  cairn::ZipBytes zip;
  zip.members = {cairn::StoredMember("a.npy", numbers), cairn::DeflatedMember("b.npy", texts)};
  seeds.Add("npz", zip.file());
  // Archives that Cairn wrote: members with notes, aligned or deflated.
  const std::byte half[] = {std::byte{1}, std::byte{0x7f}};
  cairn::TensorDict::Builder builder;
  builder.Add("half", cairn::SourceOfBytes(DType::kBFloat16, {1}, half));
  builder.Add(std::string(cairn::kRunStateName), cairn::MakeTextSource("{}"));
  const cairn::TensorDict dict = *builder.Build();
  for (const bool compress : {false, true}) {
    cairn::MemoryFileSystem fs;
    cairn::SaveOptions options;
    options.compress = compress;
    if (!cairn::npz::SaveNpz(fs, "m", dict, options).ok()) std::abort();
    seeds.Add(compress ? "deflated" : "stored", std::string(cairn::AsText(*fs.Get("m"))));
  }
}

void WriteStates(const SeedFolder& seeds) {
  seeds.Add("two",
            "model_checkpoint_path: \"model-2\"\nall_model_checkpoint_paths: \"model-1\"\n"
            "all_model_checkpoint_paths: \"model-2\"\nall_model_checkpoint_timestamps: 1.5\n"
            "all_model_checkpoint_timestamps: 2.5\nlast_preserved_timestamp: 0.5\n");
  seeds.Add("escapes", "model_checkpoint_path: \"a\\303\\274\\n\\\"\"");
  seeds.Add("run_state", "{\"version\":1}");
}

void WriteRecipes(const SeedFolder& seeds) {
  seeds.Add("names",
            R"({"schema_version":1,"select":["a/**"],"rename":["a/=c/"],"sub":["s/w/v/"]})");
  seeds.Add("shapes",
            R"({"schema_version":1,"slice":["b=1:3"],"pad":["a/w=0:1,1:0"],)"
            R"("transpose":["a/w=1,0"],"reshape":["b=-1"],"dtype":["float16","int8:b"]})");
  seeds.Add("parts", R"({"schema_version":1,"split":["b=x,y"],"concat":["z=a/w,a/w/Adam@1"],)"
                     R"("rows":[{"pattern":"a/w","old":["p","q"],"new":["q","r"]}]})");
}

void WriteRetentionRecords(const SeedFolder& seeds) {
  seeds.Add("rules",
            R"({"max_to_keep":3,"keep_checkpoint_every_n_hours":0.5,"keep_every_n_steps":9,)"
            R"("keep_best":{"statistic":"loss","count":2,"order":"smallest"},)"
            R"("max_nbytes":7,"values":{"1":0.5,"2":"NaN","3":"-Infinity"}})");
}

void WriteStats(const SeedFolder& seeds) {
  const std::string entries =
      R"([{"cost": 1.5, "lr": 1e-05, "epoch_num": 1, "global_step": 4}, {"x": [NaN, -Infinity]}])";
  seeds.Add("entries", entries);
  seeds.Add("state", "1\n" + entries + "\n2\nnew 5 -inf a\\n\nold 4 0.5 cost\n");
}

void WriteEvents(const SeedFolder& seeds) {
  const std::string version = cairn::EncodeEventRecord(
      {.wall_time = 1.5, .file_version = "brain.Event:2", .writer = "cairn"});
  seeds.Add("version", version);
  seeds.Add("scalars", version + cairn::EncodeEventRecord({.step = 3, .scalars = {{"a", 1}}}));
  seeds.Add("message",
            "\x10\x03\x2a\x0a\x0a\x08\x0a\x01"
            "a\x15\0\0\x80\x3f"s);
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
  WriteDirectories(SeedFolder(folder / "bundle_dir"));
  WriteV1(SeedFolder(folder / "v1"));
  WriteTensors(SeedFolder(folder / "tensor_proto"));
  WriteSlices(SeedFolder(folder / "slices"));
  WriteGraphs(SeedFolder(folder / "object_graph"));
  WriteMetaGraphs(SeedFolder(folder / "meta_graph"));
  WriteMetaGraphs(SeedFolder(folder / "session_graph"));
  WriteGraphTexts(SeedFolder(folder / "graph_text"));
  WriteSafetensors(SeedFolder(folder / "safetensors"));
  WriteNumpy(SeedFolder(folder / "npz"));
  WriteStates(SeedFolder(folder / "state_text"));
  WriteRecipes(SeedFolder(folder / "recipe"));
  WriteStats(SeedFolder(folder / "stats"));
  WriteRetentionRecords(SeedFolder(folder / "retention_record"));
  WriteEvents(SeedFolder(folder / "event_file"));
  SeedFolder(folder / "worker_message").Add("empty_texts", std::string(24, '\0'));
  return 0;
}
