// Tests which checkpoint is taken for each form of path that a user may type.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/verdict.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/v1_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

void SaveAt(FileSystem& fs, const std::string& prefix) {
  TensorDict::Builder builder;
  builder.Add("w", SourceOf<float>({2}, {1, 2}));
  const auto dict = builder.Build();
  ASSERT_TRUE(dict.ok());
  const auto report = Save(fs, prefix, *dict);
  ASSERT_TRUE(report.ok()) << report.status().message();
}

// Two checkpoints, the older named by the state file, and what else lies in such directories.
class ResolveTest : public testing::Test {
 protected:
  ResolveTest() {
    SaveAt(fs_, "run/model-9");
    SaveAt(fs_, "run/model-10");
    Put("run/checkpoint", "model_checkpoint_path: \"model-9\"\n");
    Put("run/model-10.meta", "\x0a\x00"s);
    Put("run/graph-0101-000000.meta", "\x0a\x00"s);
    Put("run/model-11.index.cairn-tmp0", "cut off");
  }
  void Put(const std::string& path, std::string_view content) {
    ASSERT_TRUE(fs_.Put(path, AsBytes(content)).ok());
  }
  // The prefix, or the reason and the message.
  std::string Taken(const std::string& path) {
    const auto resolved = Resolve(fs_, path);
    if (resolved.ok()) return resolved->path;
    return std::string(ReasonWord(resolved.status().reason())) + " " +
           std::string(resolved.status().message());
  }
  std::string Note(const std::string& path) { return Resolve(fs_, path)->note; }
  std::string Hint(const std::string& path) {
    return std::string(Resolve(fs_, path).status().hint());
  }

  MemoryFileSystem fs_;
};

TEST_F(ResolveTest, AStepNamesTheCheckpointOfARun) {
  for (const char* const path : {"run@9", "run/@9", "run@009"})
    EXPECT_EQ(Taken(path), "run/model-9");
  EXPECT_EQ(Taken("run@10"), "run/model-10");
  EXPECT_EQ(Note("run@10"), "run, step 10: taken as run/model-10");
  EXPECT_EQ(Taken("run@11"), "E_MISSING run: no checkpoint of step 11");
  EXPECT_EQ(Hint("run@11"), "there are the steps '9', '10'");
}

TEST_F(ResolveTest, AnExistingPathComesBeforeAStep) {
  SaveAt(fs_, "run@9");
  EXPECT_EQ(Taken("run@9"), "run@9");
}

TEST_F(ResolveTest, OtherTextsAreNoSteps) {
  for (const char* const path : {"run@", "run@-9", "run@9x", "run@ 9", "@9",
                                 "run@99999999999999999999", "rum@9", "run/model-9@9"}) {
    EXPECT_THAT(Taken(path), HasSubstr("no checkpoint of this name")) << path;
  }
}

TEST_F(ResolveTest, ThePlainNameNeedsNoNote) {
  const auto resolved = Resolve(fs_, "run/model-10");
  ASSERT_TRUE(resolved.ok()) << resolved.status().message();
  EXPECT_EQ(resolved->path, "run/model-10");
  EXPECT_EQ(resolved->format->name, "tf-v2");
  EXPECT_EQ(resolved->note, "");
}

TEST_F(ResolveTest, EveryMemberFileStandsForItsCheckpoint) {
  for (const char* suffix : {".index", ".data-00000-of-00001", ".meta"}) {
    const std::string path = "run/model-10"s + suffix;
    EXPECT_EQ(Taken(path), "run/model-10");
    EXPECT_EQ(Note(path), path + ": taken as run/model-10");
  }
}

TEST_F(ResolveTest, AMemberFileNeedNotBeThereIfTheIndexIs) {
  EXPECT_EQ(Taken("run/model-10.data-00001-of-00002"), "run/model-10");
  EXPECT_EQ(Taken("run/model-9.meta"), "run/model-9");
}

TEST_F(ResolveTest, ADirectoryIsItsNewestByTheStateFile) {
  for (const char* path : {"run", "run/", "./run"}) {
    EXPECT_THAT(Taken(path), testing::EndsWith("run/model-9")) << path;
  }
  EXPECT_EQ(Note("run"),
            "run: taken as run/model-9 (the newest by its state file; model-10 is not taken: the "
            "state file names model-9)");
}

TEST_F(ResolveTest, TheStateFileIsTheCheckpointThatItNames) {
  EXPECT_EQ(Taken("run/checkpoint"), "run/model-9");
  Put("run/latest.txt", "model_checkpoint_path: \"model-10\"");
  EXPECT_EQ(Taken("run/latest.txt"), "run/model-10");
}

TEST_F(ResolveTest, WithoutAStateFileTheHighestStepIsTaken) {
  ASSERT_TRUE(fs_.Remove("run/checkpoint").ok());
  SaveAt(fs_, "run/min-validation_cost");
  EXPECT_EQ(Taken("run"), "run/model-10");
  EXPECT_EQ(Note("run"), "run: taken as run/model-10 (the highest step)");
}

TEST_F(ResolveTest, AUselessStateFileIsExplained) {
  struct Row {
    const char* text;
    const char* note;
  };
  for (const Row& row :
       {Row{"model_checkpoint_path: \"model-77\"", "names 'model-77', which is not there"},
        Row{"hello", "line 1: expected ':'"}, Row{"", "names no checkpoint"},
        Row{"model_checkpoint_path: \"../model-1\"", "outside of run"},
        Row{"model_checkpoint_path: \"a\\nb\"", "names 'a\\nb'"}}) {
    Put("run/checkpoint", row.text);
    for (const char* path : {"run", "run/checkpoint"}) {
      EXPECT_EQ(Taken(path), "run/model-10") << row.text;
      EXPECT_THAT(Note(path), HasSubstr("the highest step; ")) << row.text;
      EXPECT_THAT(Note(path), HasSubstr(row.note));
    }
  }
}

TEST_F(ResolveTest, AMovedDirectoryIsExplained) {
  Put("run/checkpoint", "model_checkpoint_path: \"/old/place/model-9\"");
  EXPECT_EQ(Taken("run"), "run/model-9");
  EXPECT_THAT(Note("run"), HasSubstr("'/old/place/model-9' is elsewhere"));
}

TEST_F(ResolveTest, ASavedModelIsItsVariables) {
  SaveAt(fs_, "export/variables/variables");
  Put("export/saved_model.pb", "\x08\x01\x12\x02\x0a\x7f");  // graphs are not looked into
  EXPECT_EQ(Taken("export"), "export/variables/variables");
  EXPECT_EQ(Taken("export/saved_model.pb"), "export/variables/variables");
  EXPECT_EQ(Taken("export/variables"), "export/variables/variables");
  EXPECT_EQ(Note("export"), "export: taken as export/variables/variables (a SavedModel)");
}

TEST_F(ResolveTest, ASavedModelIsReadWithoutItsGraph) {
  SaveAt(fs_, "export/variables/variables");
  EXPECT_EQ(
      Note("export"),
      "export: taken as export/variables/variables (a SavedModel without its saved_model.pb)");
  for (const char* damaged : {"", "\x12\x05\x0a", "text", "\x08\x01"}) {
    Put("export/saved_model.pb", damaged);
    EXPECT_EQ(Taken("export"), "export/variables/variables");
    EXPECT_THAT(Note("export"), HasSubstr("a SavedModel whose saved_model.pb is damaged: "));
  }
  Put("chunks/saved_model.cpb", "anything");
  SaveAt(fs_, "chunks/variables/variables");
  EXPECT_EQ(Note("chunks"), "chunks: taken as chunks/variables/variables (a SavedModel)");
}

TEST_F(ResolveTest, ASavedModelWithoutVariablesIsSaidToBeOne) {
  Put("export/saved_model.pb", "\x08\x01");
  EXPECT_EQ(Taken("export"),
            "E_MISSING export: a SavedModel without variables: there is no "
            "export/variables/variables.index");
}

TEST_F(ResolveTest, CharactersAreLiteral) {
  SaveAt(fs_, "odd/m[1]*?-3");
  EXPECT_EQ(Taken("odd/m[1]*?-3"), "odd/m[1]*?-3");
  EXPECT_EQ(Taken("odd/m[1]*?-3.index"), "odd/m[1]*?-3");
  EXPECT_EQ(Taken("odd"), "odd/m[1]*?-3");
  EXPECT_THAT(Taken("run/model-*"), HasSubstr("E_MISSING"));
  SaveAt(fs_, "odd/new\nline-7");
  EXPECT_EQ(Taken("odd"), "odd/new\nline-7");
  EXPECT_EQ(Note("odd"), "odd: taken as odd/new\\nline-7 (the highest step)");
}

TEST_F(ResolveTest, NamesWithEndingsOfTheirOwnWork) {
  SaveAt(fs_, "x.index/weights.data-00000-of-00001");
  EXPECT_EQ(Taken("x.index/weights.data-00000-of-00001"), "x.index/weights.data-00000-of-00001");
  EXPECT_EQ(Taken("x.index/weights.data-00000-of-00001.index"),
            "x.index/weights.data-00000-of-00001");
  EXPECT_EQ(Taken("x.index"), "x.index/weights.data-00000-of-00001");
}

TEST_F(ResolveTest, APrefixWinsOverADirectoryOfItsName) {
  SaveAt(fs_, "run/model");
  SaveAt(fs_, "run/model/inner-5");
  EXPECT_EQ(Taken("run/model"), "run/model");
  EXPECT_EQ(Taken("run/model/"), "run/model/inner-5");
}

TEST_F(ResolveTest, WhatIsMissingIsExplainedByWhatIsThere) {
  EXPECT_EQ(Taken("run/model-11"), "E_MISSING run/model-11: no checkpoint of this name");
  EXPECT_EQ(Hint("run/model-11"), "did you mean 'run/model-10' or 'run/model-9'?");
  EXPECT_EQ(Hint("run/model-11.index"), "did you mean 'run/model-10' or 'run/model-9'?");
  EXPECT_EQ(Hint("run/something else"), "there are 'model-10', 'model-9'");
  EXPECT_EQ(Hint("gone/model-1"), "there is no directory 'gone'");
  ASSERT_TRUE(fs_.CreateDirectories("empty").ok());
  EXPECT_EQ(Hint("empty/model-1"), "there is no checkpoint in 'empty'");
  EXPECT_EQ(Taken("empty"), "E_MISSING empty: no checkpoint");
  ASSERT_TRUE(fs_.Put("single/weights.npz", {}).ok());
  EXPECT_EQ(Hint("single/weight.npz"), "did you mean 'single/weights.npz'?");
  Put("shards/x.safetensors.index.json", "{}");
  for (int i = 1; i <= 5; ++i)
    Put("shards/x-0000" + std::to_string(i) + "-of-00005.safetensors", "");
  EXPECT_EQ(Hint("shards/x"), "did you mean 'shards/x.safetensors.index.json'?");
  EXPECT_EQ(Hint("single/model-1"), "there is 'weights.npz'");
  EXPECT_THAT(Taken(""), HasSubstr("E_MISSING"));
  EXPECT_THAT(Taken("run/model-10\0x"s), HasSubstr("E_PATH"));
}

TEST_F(ResolveTest, TheNameOfSeveralSafetensorsFilesIsThatOfTheirIndex) {
  const TensorDict dict =
      DictOf({{"a", SourceOf<float>({2}, {1, 2})}, {"b", SourceOf<float>({2}, {3, 4})}});
  SaveOptions options;
  options.max_shard_nbytes = 8;
  ASSERT_TRUE(Save(fs_, "several/x.safetensors", dict, options).ok());
  EXPECT_EQ(Taken("several/x.safetensors"), "several/x.safetensors.index.json");
  EXPECT_THAT(Note("several/x.safetensors"), HasSubstr("saved in several files"));
}

TEST_F(ResolveTest, OfSeveralWithoutAStepTheMostRecentIsTaken) {
  SaveAt(fs_, "best/min-cost");
  EXPECT_EQ(Taken("best"), "best/min-cost");
  EXPECT_EQ(Note("best"), "best: taken as best/min-cost (the only checkpoint there)");
  SaveAt(fs_, "best/max-accuracy");
  EXPECT_EQ(Taken("best"), "best/max-accuracy");
  EXPECT_EQ(Note("best"),
            "best: taken as best/max-accuracy (the most recently changed; no name tells a step)");
}

TEST_F(ResolveTest, DataWithoutAnIndexIsNoCheckpoint) {
  ASSERT_TRUE(fs_.Remove("run/model-10.index").ok());
  EXPECT_THAT(Taken("run/model-10.data-00000-of-00001"),
              HasSubstr("E_MISSING run/model-10.data-00000-of-00001: is data without its index "
                        "run/model-10.index"));
  for (const char* path : {"run/model-10", "run/model-10.index"}) {
    EXPECT_THAT(Taken(path), HasSubstr("E_MISSING")) << path;
    EXPECT_THAT(Hint(path), HasSubstr("there is data of 'model-10', but no index")) << path;
  }
  Put("lone/m-1.data-00000-of-00001", "");
  EXPECT_THAT(Hint("lone"), HasSubstr("there is data of 'm-1', but no index"));
}

TEST_F(ResolveTest, AnIndexWithoutDataOpensAndNamesTheMissingFile) {
  ASSERT_TRUE(fs_.Remove("run/model-10.data-00000-of-00001").ok());
  const auto dict = Open(fs_, "run/model-10");
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  EXPECT_EQ(dict->size(), 1u);
  const Status error = dict->source(0).status();
  EXPECT_EQ(error.reason(), Reason::kMissing);
  EXPECT_THAT(std::string(error.message()), HasSubstr("run/model-10.data-00000-of-00001"));
}

TEST_F(ResolveTest, AMetagraphAloneIsNoCheckpoint) {
  EXPECT_EQ(Taken("run/graph-0101-000000.meta"),
            "E_MISSING run/graph-0101-000000.meta: is a metagraph; there is no checkpoint "
            "run/graph-0101-000000 beside it");
  EXPECT_EQ(Hint("run/graph-0101-000000.meta"), "there are 'model-10', 'model-9'");
}

// A zip archive as far as its first local header.
std::string ZipOf(std::string_view member) {
  std::string zip = "PK\x03\x04"s + std::string(22, '\0');
  zip += static_cast<char>(member.size());
  zip += "\0\0\0"s;
  return zip.append(member).append("content");
}

struct Foreign {
  const char* what;
  std::string content;
  const char* hint;  // part of it
};

class ForeignTest : public testing::TestWithParam<Foreign> {};

TEST_P(ForeignTest, IsNamedByItsContent) {
  MemoryFileSystem fs;
  // The name says nothing, or the wrong thing.
  for (const char* path : {"dir/file", "dir/weights.txt", "dir/lies.npz"}) {
    ASSERT_TRUE(fs.Put(path, AsBytes(GetParam().content)).ok());
    const Status error = Open(fs, path).status();
    EXPECT_EQ(error.reason(), Reason::kUnsupported);
    EXPECT_THAT(std::string(error.message()),
                testing::StartsWith(path + ": is "s + GetParam().what));
    EXPECT_THAT(std::string(error.hint()), HasSubstr(GetParam().hint));
  }
}

// Makes a Paddle file of one tensor: version, level, version, size of the description, dtype and
// dims.
std::string PaddleFile() {
  return std::string(16, '\0') + "\x06\0\0\0\x08\x05\x10\x02\x10\x03"s + std::string(24, 'x');
}

// Makes a checkpoint of MindSpore with a tensor of float32[2].
std::string MindSporeFile() {
  const std::string tensor = "\x08\x02\x12\x07\x46loat32\x1a\x08"s + std::string(8, '\0');
  const std::string value = "\x0a\x06\x77.bias\x12"s + static_cast<char>(tensor.size()) + tensor;
  return "\x0a"s + static_cast<char>(value.size()) + value;
}

INSTANTIATE_TEST_SUITE_P(
    , ForeignTest,
    testing::Values(
        Foreign{"empty", "", "again"},
        Foreign{"a Git LFS pointer",
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
                "git lfs pull"},
        Foreign{"a web page", "<!DOCTYPE html><html>404</html>", "again"},
        Foreign{"a web page", "\xef\xbb\xbf\n <HTML lang='en'>", "again"},
        Foreign{"a web page", "<?xml version='1.0'?><Error><Code>AccessDenied</Code>", "again"},
        Foreign{"a Keras file", ZipOf("metadata.json"), "Keras"},
        Foreign{"a PyTorch file", ZipOf("archive/data.pkl"), "safetensors.torch"},
        Foreign{"a PyTorch file",
                "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."s,
                "safetensors.torch"},
        Foreign{"a zip archive", ZipOf("readme.txt"), "Unpack"},
        Foreign{"a tar archive", std::string(257, 'n') + "ustar\0"s, "Unpack"},
        Foreign{"a gzip file", "\x1f\x8b\x08\0"s, "Unpack"},
        Foreign{"an HDF5 file", "\x89HDF\r\n\x1a\n\0\0"s, "h5py"},
        Foreign{"an HDF5 file", std::string(512, 'u') + "\x89HDF\r\n\x1a\n\0\0"s, "h5py"},
        Foreign{"a pickle", "\x80\x02]q\0."s, "numpy.savez"},
        Foreign{"a pickle", "(dp0\nS'w'\np1\nI1\ns.", "numpy.savez"},
        Foreign{"a Paddle file", "\x80\x02}q\0X\x1b\0\0\0StructuredToParameterName@@q\1}s."s,
                "paddle.load"},
        Foreign{"a Paddle file", PaddleFile(), "paddle.load"},
        Foreign{"a GGUF file", "GGUF\3\0\0\0"s, "safetensors"},
        Foreign{"an ONNX file", "\x08\x07\x12\x07pytorch\x1a\x03\x31.9", "onnx"},
        Foreign{"a MindSpore checkpoint", MindSporeFile(), "mindspore.load_checkpoint"},
        Foreign{"a MessagePack file", "\x82\xa6params\x81\xa1w\xc0\xa4step\x01", "flax"},
        Foreign{"a MessagePack file", "\xde\0\x10\xa9optimizer\x80"s, "flax"}));

class UnknownTest : public testing::TestWithParam<std::string> {};

TEST_P(UnknownTest, IsNoCheckpoint) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("file", AsBytes(GetParam())).ok());
  const Status error = Open(fs, "file").status();
  EXPECT_EQ(error.reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(error.message()), HasSubstr("is not a checkpoint of any known format"));
}

INSTANTIATE_TEST_SUITE_P(, UnknownTest,
                         testing::Values("x", "hello, world\n", "PK\x03\x04", "\x80\x02",
                                         "{\"a\": 1}", "\x08\x01\x12\x01", "\x81\xa9short"));

// A file that only its name tells is damaged, and no file of nobody knows what.
TEST_P(UnknownTest, IsDamagedWhereItsNameTellsTheFormat) {
  MemoryFileSystem fs;
  for (const char* path : {"run/best.npz", "run/model-20.npz", "run/best.safetensors",
                           "run/model-20.safetensors", "run/model-20.safetensors.index.json"}) {
    ASSERT_TRUE(fs.Put(path, AsBytes(GetParam())).ok());
    EXPECT_EQ(Open(fs, path).status().code(), StatusCode::kDataLoss) << path;
    EXPECT_TRUE(IsDamage(CheckSound(fs, path, {}))) << path;
  }
}

// A file that ModelSaver saved is a checkpoint, whatever ruined it.
TEST_P(ForeignTest, UnderANameOfModelSaverIsADamagedCheckpoint) {
  MemoryFileSystem fs;
  for (const char* path : {"run/model-20.npz", "run/model-20.safetensors"}) {
    ASSERT_TRUE(fs.Put(path, AsBytes(GetParam().content)).ok());
    EXPECT_TRUE(IsDamage(CheckSound(fs, path, {}))) << path;
  }
}

TEST(ResolveSafetensorsTest, ToldByContent) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("weights", AsBytes("\x02\0\0\0\0\0\0\0{}"s)).ok());
  ASSERT_TRUE(fs.Put("index", AsBytes(" {\"weight_map\": {}}")).ok());
  for (const char* const path : {"weights", "index"}) {
    ASSERT_TRUE(Resolve(fs, path).ok());
    EXPECT_EQ(Resolve(fs, path)->format->name, "safetensors");
    EXPECT_EQ(Open(fs, path)->size(), 0u);
  }
  ASSERT_TRUE(fs.Put("cut", AsBytes("\x09\0\0\0\0\0\0\0{}"s)).ok());
  EXPECT_EQ(Open(fs, "cut").status().reason(), Reason::kTruncated);
}

TEST(ResolveV1Test, V1CheckpointsAreKnownByEveryNameTheyHave) {
  MemoryFileSystem fs;
  V1Bytes whole;
  whole.AddWhole("w", DType::kInt8, {2}, V1Values({1, 2}));
  ASSERT_TRUE(fs.Put("run/model-9", AsBytes(whole.file())).ok());
  ASSERT_TRUE(fs.Put("run/model-9.meta", {}).ok());
  ASSERT_TRUE(fs.Put("run/m-00000-of-00002", AsBytes(whole.file())).ok());
  ASSERT_TRUE(fs.Put("run/m-00001-of-00002", AsBytes(V1Bytes().file())).ok());
  ASSERT_TRUE(
      fs.Put("run/checkpoint", AsBytes("model_checkpoint_path: 'm-\?\?\?\?\?-of-00002'")).ok());
  for (const char* path : {"run/model-9", "run/model-9.meta", "run/m-00000-of-00002",
                           "run/m-\?\?\?\?\?-of-00002", "run/checkpoint", "run"}) {
    const auto resolved = Resolve(fs, path);
    ASSERT_TRUE(resolved.ok()) << path << ": " << resolved.status().message();
    EXPECT_EQ(resolved->format->name, "tf-v1") << path;
    const auto dict = Open(fs, path);
    ASSERT_TRUE(dict.ok()) << path << ": " << dict.status().message();
    EXPECT_EQ(dict->size(), 1u) << path;
  }
}

TEST(ResolveV1Test, ATableTooDamagedToTellSaysWhatIsWrong) {
  MemoryFileSystem fs;
  const std::string table = std::string(40, '\0') + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
  ASSERT_TRUE(fs.Put("model-9", AsBytes(table)).ok());
  EXPECT_EQ(Open(fs, "model-9").status().code(), StatusCode::kDataLoss);
}

TEST(ResolveTableTest, ARenamedIndexIsNotTakenForV1) {
  MemoryFileSystem fs;
  SaveAt(fs, "run/model-1");
  ASSERT_TRUE(fs.Rename("run/model-1.index", "run/model-1.idx").ok());
  const Status error = Resolve(fs, "run/model-1.idx").status();
  EXPECT_EQ(error.reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(error.message()), HasSubstr("the index of a TensorFlow V2 checkpoint"));
}

TEST(ResolveTableTest, ACheckpointMayBeCalledCheckpoint) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes(ZipOf("arr_0.npy"))).ok());
  EXPECT_EQ(Resolve(fs, "run/checkpoint")->format->name, "npz");
  SaveAt(fs, "v2/checkpoint");
  EXPECT_EQ(Resolve(fs, "v2/checkpoint")->path, "v2/checkpoint");
}

TEST(ResolveDirectoryTest, FilesOfOtherFormatsAreNamed) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("hub/a.safetensors", {}).ok());
  ASSERT_TRUE(fs.Put("hub/b.safetensors", {}).ok());
  ASSERT_TRUE(fs.Put("hub/config.json", {}).ok());
  EXPECT_EQ(Resolve(fs, "hub").status().hint(),
            "name one of its files: 'a.safetensors', 'b.safetensors'");
}

struct Folder {
  const char* what;
  std::vector<std::string> files;
  const char* taken;  // "" = none
  const char* note;   // part of it
};

class ResolveFolderTest : public testing::TestWithParam<Folder> {};

TEST_P(ResolveFolderTest, TakesTheFileThatIsMeant) {
  MemoryFileSystem fs;
  for (const std::string& file : GetParam().files) {
    if (file.ends_with(".index")) {
      SaveAt(fs, file.substr(0, file.size() - 6));
    } else if (file.ends_with(".json")) {
      ASSERT_TRUE(fs.Put(file, AsBytes("{\"weight_map\": {}}"s)).ok());
    } else {
      ASSERT_TRUE(fs.Put(file, AsBytes(file.ends_with(".npz") ? ZipOf("arr_0.npy")
                                                              : "\x02\0\0\0\0\0\0\0{}"s))
                      .ok());
    }
  }
  const auto resolved = Resolve(fs, "hub");
  if (*GetParam().taken == '\0') {
    EXPECT_EQ(resolved.status().reason(), Reason::kMissing);
    return;
  }
  ASSERT_TRUE(resolved.ok()) << resolved.status().message();
  EXPECT_EQ(resolved->path, GetParam().taken);
  EXPECT_THAT(resolved->note, HasSubstr("hub: taken as "s + GetParam().taken));
  EXPECT_THAT(resolved->note, HasSubstr(GetParam().note));
}

const std::string kModel = "hub/model.safetensors";
const std::string kModelIndex = "hub/model.safetensors.index.json";
INSTANTIATE_TEST_SUITE_P(
    , ResolveFolderTest,
    testing::Values(
        Folder{"one file", {kModel, "hub/tokenizer"}, "hub/model.safetensors", ""},
        Folder{"one file beside others", {kModel, "hub/lora.safetensors"}, kModel.c_str(), ""},
        Folder{"shards", {"hub/model-1.safetensors", kModelIndex}, kModelIndex.c_str(), ""},
        Folder{"shards of another name",
               {"hub/unet.safetensors.index.json", "hub/unet-1.safetensors"},
               "hub/unet.safetensors.index.json",
               "the only .safetensors.index.json file there"},
        Folder{"another name",
               {"hub/lora.safetensors", "hub/a.npz", "hub/b.npz"},
               "hub/lora.safetensors",
               "the only .safetensors file there"},
        Folder{
            "two of other names", {"hub/a.safetensors", "hub/b.safetensors", "hub/c.npz"}, "", ""},
        Folder{"an npz", {"hub/w.npz", "hub/notes"}, "hub/w.npz", "the only .npz file there"},
        Folder{"two npz", {"hub/v.npz", "hub/w.npz"}, "", ""},
        Folder{"a checkpoint of TensorFlow first", {kModel, "hub/m-3.index"}, "hub/m-3", "step"},
        Folder{"versions that a server loads",
               {"hub/9/variables/variables.index", "hub/9/saved_model.pb",
                "hub/10/variables/variables.index", "hub/10/saved_model.pb", "hub/11/assets/x",
                "hub/2x/saved_model.pb"},
               "hub/10/variables/variables",
               "the newest of 2 versions"}),
    [](const auto& row) { return RowName(row.param.what); });

// Keras writes it for `model.save_weights("weights/")`.
TEST(ResolveEmptyPrefixTest, TheDirectoryIsThePrefix) {
  MemoryFileSystem fs;
  SaveAt(fs, "m");
  ASSERT_TRUE(fs.CreateDirectories("weights").ok());
  ASSERT_TRUE(fs.Rename("m.index", "weights/.index").ok());
  ASSERT_TRUE(fs.Rename("m.data-00000-of-00001", "weights/.data-00000-of-00001").ok());
  for (const char* const path :
       {"weights", "weights/", "weights/.index", "weights/.data-00000-of-00001"}) {
    const auto dict = Open(fs, path);
    ASSERT_TRUE(dict.ok()) << path << ": " << dict.status().message();
    EXPECT_EQ(*ReadAsText(*dict, "w"), *ReadAsText(*Open(fs, "weights"), "w"));
    EXPECT_TRUE(Verify(fs, path)->ok());
    EXPECT_EQ(Resolve(fs, path)->path, "weights/");
  }
  for (const char* const name : {".", "/old/weights/"}) {
    ASSERT_TRUE(
        fs.Put("weights/checkpoint", AsBytes("model_checkpoint_path: \""s + name + "\"")).ok());
    EXPECT_THAT(Resolve(fs, "weights")->note, HasSubstr("the newest by its state file"));
  }
}

TEST(ResolveRemoteTest, AddressesAreNotFiles) {
  MemoryFileSystem fs;
  for (const char* const path : {"gs://bucket/model-1", "s3://b/m.npz", "http://host/m.safetensors",
                                 "https://host/run/", "file:///run/model-1"}) {
    const Status error = Resolve(fs, path).status();
    EXPECT_EQ(error.reason(), Reason::kUnsupported) << path;
    EXPECT_THAT(std::string(error.message()), HasSubstr("is not supported")) << path;
    EXPECT_NE(error.hint(), "") << path;
    TensorDict::Builder none;
    EXPECT_EQ(Save(fs, path, *none.Build()).status().reason(), Reason::kUnsupported) << path;
  }
  SaveAt(fs, "gs:/bucket/model-1");  // a directory may have this name
  EXPECT_EQ(Resolve(fs, "gs:/bucket/model-1")->path, "gs:/bucket/model-1");
}

TEST(ResolveDirectoryTest, AForeignFileNamedCheckpointIsWhatIsWrong) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.Put("checkpoint_9/checkpoint", AsBytes("\x81\xa9optimizer\x80"s)).ok());
  EXPECT_THAT(std::string(Resolve(fs, "checkpoint_9").status().message()),
              HasSubstr("checkpoint_9/checkpoint: is a MessagePack file"));
}

class LocalResolveTest : public testing::Test {
 protected:
  LocalResolveTest() {
    std::string pattern = testing::TempDir() + "cairn-resolve-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LocalResolveTest() override { std::filesystem::remove_all(directory_); }

  FileSystem& fs_ = LocalFileSystem();
  std::string directory_;
};

TEST_F(LocalResolveTest, LinksOnTheUsersOwnPathAreFollowed) {
  SaveAt(fs_, directory_ + "/blobs/model-1");
  std::filesystem::create_directory(directory_ + "/cache");
  for (const char* suffix : {".index", ".data-00000-of-00001"}) {
    std::filesystem::create_symlink("../blobs/model-1"s + suffix,
                                    directory_ + "/cache/model-1" + suffix);
  }
  std::filesystem::create_directory_symlink("cache", directory_ + "/linked");
  for (const char* path : {"/cache/model-1", "/linked/model-1.index", "/linked"}) {
    const auto dict = Open(fs_, directory_ + path);
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    EXPECT_TRUE(dict->source(0).ok());
  }
}

TEST_F(LocalResolveTest, SpecialFilesAreRefusedAndNeverWaitedFor) {
  const std::string pipe = directory_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(Resolve(fs_, pipe).status().reason(), Reason::kFileType);
  EXPECT_EQ(Resolve(fs_, "/dev/zero").status().reason(), Reason::kFileType);
  ASSERT_EQ(::mkfifo((directory_ + "/model-1.index").c_str(), 0600), 0);
  EXPECT_EQ(Resolve(fs_, directory_ + "/model-1").status().reason(), Reason::kMissing);
  EXPECT_EQ(Resolve(fs_, directory_).status().reason(), Reason::kMissing);
  ASSERT_EQ(::mkfifo((directory_ + "/checkpoint").c_str(), 0600), 0);
  EXPECT_EQ(Resolve(fs_, directory_).status().reason(), Reason::kMissing);
  std::filesystem::create_symlink("loop", directory_ + "/loop");
  EXPECT_FALSE(Resolve(fs_, directory_ + "/loop").ok());
}

}  // namespace
}  // namespace cairn
