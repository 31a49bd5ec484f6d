#include "cairn/state/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <cmath>

#include "cairn/io/memory_file_system.h"
#include "cairn/state/locate_named.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"

namespace cairn {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

StateFile Naming(std::string latest) {
  StateFile state;
  state.latest = std::move(latest);
  return state;
}

TEST(StateFileTest, ReadsWhatAManagedDirectoryHolds) {
  // Written by tf.train.CheckpointManager of TensorFlow 2.21.
  const auto state = ParseStateFile(
      "model_checkpoint_path: \"ckpt-3\"\n"
      "all_model_checkpoint_paths: \"ckpt-2\"\n"
      "all_model_checkpoint_paths: \"ckpt-3\"\n"
      "all_model_checkpoint_timestamps: 1795467929.6168163\n"
      "all_model_checkpoint_timestamps: 1795467929.6257665\n"
      "last_preserved_timestamp: 1795467928.572815\n");
  ASSERT_TRUE(state.ok()) << state.status().message();
  EXPECT_EQ(state->latest, "ckpt-3");
  EXPECT_THAT(state->all, ElementsAre("ckpt-2", "ckpt-3"));
  EXPECT_THAT(state->timestamps, ElementsAre(1795467929.6168163, 1795467929.6257665));
  EXPECT_EQ(state->last_preserved_timestamp, 1795467928.572815);
}

struct Written {
  std::string name;
  const char* quoted;
};

class WrittenNameTest : public testing::TestWithParam<Written> {};

// The lines that tf.compat.v1.train.update_checkpoint_state of TensorFlow 2.21 wrote for a newest
// checkpoint of this name; tf.train.get_checkpoint_state read each back as the name.
TEST_P(WrittenNameTest, IsByteForByteTensorFlows) {
  StateFile state;
  state.latest = GetParam().name;
  state.all = {"m-1", GetParam().name};
  state.timestamps = {1.5, 1700000000.0};
  state.last_preserved_timestamp = 0.25;
  const std::string quoted = GetParam().quoted;
  const std::string text =
      "model_checkpoint_path: " + quoted +
      "\nall_model_checkpoint_paths: \"m-1\"\nall_model_checkpoint_paths: " + quoted +
      "\nall_model_checkpoint_timestamps: 1.5\n"
      "all_model_checkpoint_timestamps: 1700000000.0\n"
      "last_preserved_timestamp: 0.25\n";
  EXPECT_EQ(FormatStateFile(state), text);
  const auto parsed = ParseStateFile(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->latest, state.latest);
  EXPECT_EQ(parsed->all, state.all);
  EXPECT_EQ(parsed->timestamps, state.timestamps);
  EXPECT_EQ(parsed->last_preserved_timestamp, state.last_preserved_timestamp);
}

INSTANTIATE_TEST_SUITE_P(
    , WrittenNameTest,
    testing::Values(Written{"model-1", R"("model-1")"}, Written{"a b", R"("a b")"},
                    Written{"q\"uote", R"("q\"uote")"}, Written{"apos'trophe", R"("apos\'trophe")"},
                    Written{"back\\slash", R"("back\\slash")"},
                    Written{"ümlaut-漢字", "\"ümlaut-漢字\""},
                    Written{"new\nline", R"("new\nline")"}, Written{"tab\tx", R"("tab\tx")"},
                    Written{"cr\rx", R"("cr\rx")"}, Written{"nul\0x"s, R"("nul\000x")"},
                    Written{"\x7f"
                            "del",
                            R"("\177del")"},
                    Written{"\1\2ctl", R"("\001\002ctl")"},
                    Written{"\1"
                            "7",
                            R"("\0017")"},
                    Written{"?*[glob]", R"("?*[glob]")"}, Written{"a\x1b[31m", R"("a\033[31m")"},
                    Written{"😀", "\"😀\""}));

TEST(StateFileTest, DefaultsAreNotWritten) {
  EXPECT_EQ(FormatStateFile({}), "");
  StateFile state;
  state.last_preserved_timestamp = 0.0;
  EXPECT_EQ(FormatStateFile(state), "");
}

struct Accepted {
  const char* what;
  std::string text;
  const char* latest;
  std::vector<std::string> all;
};

class AcceptedStateTest : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedStateTest, IsRead) {
  const auto state = ParseStateFile(GetParam().text);
  ASSERT_TRUE(state.ok()) << state.status().message();
  EXPECT_EQ(state->latest, GetParam().latest);
  EXPECT_EQ(state->all, GetParam().all);
}

INSTANTIATE_TEST_SUITE_P(
    , AcceptedStateTest,
    testing::Values(
        Accepted{"H1 empty", "", "", {}}, Accepted{"blanks and comments", " \n# x: {\n\t", "", {}},
        Accepted{
            "octal UTF-8 of earlier versions", R"(model_checkpoint_path: "\303\274")", "ü", {}},
        Accepted{"single quotes", "model_checkpoint_path:'a\"b'", "a\"b", {}},
        Accepted{
            "strings that follow each other", "model_checkpoint_path: \"a\" 'b'\n\"c\"", "abc", {}},
        Accepted{"no space between fields",
                 "model_checkpoint_path:\"a\"all_model_checkpoint_paths:\"b\"",
                 "a",
                 {"b"}},
        Accepted{"separators",
                 "model_checkpoint_path: \"a\", all_model_checkpoint_paths: \"b\";",
                 "a",
                 {"b"}},
        Accepted{"a list", "all_model_checkpoint_paths: [\"a\", 'b' \"c\"]", "", {"a", "bc"}},
        Accepted{"an empty list", "all_model_checkpoint_paths: []", "", {}},
        Accepted{"H1 unknown number", "extra: 3\nmodel_checkpoint_path: \"a\"", "a", {}},
        Accepted{
            "unknown string in parts", "extra: \"x\" 'y' model_checkpoint_path: \"a\"", "a", {}},
        Accepted{
            "unknown message",
            "extra { model_checkpoint_path: \"no\" b < c: [1, 2] > }\nmodel_checkpoint_path: \"a\"",
            "a",
            {}},
        Accepted{"unknown message behind a colon",
                 "extra: < x: \"}\" > model_checkpoint_path: \"a\"",
                 "a",
                 {}},
        Accepted{"unknown list", "extra: [{a: 1}, {a: 2}] model_checkpoint_path: \"a\"", "a", {}},
        Accepted{"an extension",
                 "[foo.bar]: 3 [type.googleapis.com/x] { y: 1 } model_checkpoint_path: \"a\"",
                 "a",
                 {}}));

struct Damage {
  const char* what;
  std::string text;
  Reason reason;
  const char* message;  // part of it
};

class DamagedStateTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedStateTest, IsRefused) {
  const auto state = ParseStateFile(GetParam().text);
  EXPECT_EQ(state.status().reason(), GetParam().reason) << GetParam().what;
  EXPECT_THAT(std::string(state.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedStateTest,
    testing::Values(
        Damage{"H1 over the limit", std::string((16 << 20) + 1, ' '), Reason::kLimit,
               "16777217 bytes"},
        Damage{"H1 binary",
               "\x7f"
               "ELF\2\1\1\0\0"s,
               Reason::kFormat, "line 1: expected a field name"},
        Damage{"a byte order mark", "\xef\xbb\xbfmodel_checkpoint_path: \"a\"", Reason::kFormat,
               "line 1"},
        Damage{"prose", "hello\n", Reason::kFormat, "line 2: expected ':', found the end"},
        Damage{"H1 two newest", "model_checkpoint_path: \"a\"\nmodel_checkpoint_path: \"b\"",
               Reason::kDuplicate, "line 2"},
        Damage{"H1 an octal escape too big", R"(model_checkpoint_path: "\777")", Reason::kFormat,
               "\\377"},
        Damage{"an escape without digits", R"(model_checkpoint_path: "\x")", Reason::kFormat,
               "line 1: \\x"},
        Damage{"H1 no end of a string", "\nmodel_checkpoint_path: \"a\n", Reason::kFormat,
               "line 2"},
        Damage{"a newline in a string", "model_checkpoint_path: \"a\nb\"", Reason::kFormat,
               "line 1"},
        Damage{"no quotes", "model_checkpoint_path: a", Reason::kFormat,
               "a string in quotes, found 'a'"},
        Damage{"no colon", "model_checkpoint_path \"a\"", Reason::kFormat, "expected ':'"},
        Damage{"cut behind a name", "model_checkpoint_path", Reason::kFormat,
               "the end of the file"},
        Damage{"cut behind a colon", "model_checkpoint_path:", Reason::kFormat,
               "the end of the file"},
        Damage{"a message for a string", "model_checkpoint_path { }", Reason::kFormat,
               "expected ':'"},
        Damage{"a word for a time", "all_model_checkpoint_timestamps: soon", Reason::kFormat,
               "line 1: 'soon'"},
        Damage{"a string for a time", "last_preserved_timestamp: \"1\"", Reason::kFormat,
               "a number"},
        Damage{"an open list", "all_model_checkpoint_paths: [\"a\"", Reason::kFormat, "']'"},
        Damage{"a list with a hole", "all_model_checkpoint_paths: [\"a\",]", Reason::kFormat,
               "a string in quotes"},
        Damage{"an open message", "x {\n y {", Reason::kFormat, "opened on line 1"},
        Damage{"brackets that cross", "x { < } >", Reason::kFormat, "expected '>'"},
        Damage{"a bracket too many", "x { } }", Reason::kFormat, "a field name, found '}'"},
        Damage{"H6 a million open messages", "x " + std::string(1'000'000, '{'), Reason::kFormat,
               "line 1"},
        Damage{"NUL after the end", "model_checkpoint_path: \"a\"\0"s, Reason::kFormat, "\\x00"}));

TEST(StateFileTest, H3TimesOfAnyKindAreKept) {
  const auto state = ParseStateFile(
      "all_model_checkpoint_paths: ['a', 'b', 'c', 'd']\n"
      "all_model_checkpoint_timestamps: [nan, inf, 1e308, -5]\nlast_preserved_timestamp: -inf");
  ASSERT_TRUE(state.ok()) << state.status().message();
  ASSERT_EQ(state->timestamps.size(), 4u);
  EXPECT_TRUE(std::isnan(state->timestamps[0]));
  EXPECT_EQ(state->timestamps[3], -5);
}

TEST(StateFileTest, H3TimesThatDoNotMatchThePathsAreDropped) {
  const auto state =
      ParseStateFile("all_model_checkpoint_paths: ['a', 'b'] all_model_checkpoint_timestamps: 1");
  ASSERT_TRUE(state.ok());
  EXPECT_THAT(state->timestamps, testing::IsEmpty());
}

TEST(StateFileTest, AMillionNestedMessagesThatCloseAreSkipped) {
  const auto state = ParseStateFile("x " + std::string(1'000'000, '{') +
                                    std::string(1'000'000, '}') + " model_checkpoint_path: 'a'");
  ASSERT_TRUE(state.ok()) << state.status().message();
  EXPECT_EQ(state->latest, "a");
}

TEST(StateFileTest, H4ManyPathsAreRead) {
  std::string text;
  for (int i = 0; i < 300'000; ++i)
    text += "all_model_checkpoint_paths: \"model-" + std::to_string(i) + "\"\n";
  const auto state = ParseStateFile(text);
  ASSERT_TRUE(state.ok()) << state.status().message();
  EXPECT_EQ(state->all.size(), 300'000u);
  EXPECT_EQ(FormatStateFile(*state), text);
}

TEST(ReadStateFileTest, ErrorsNameTheFile) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.CreateDirectories("run").ok());
  EXPECT_EQ(ReadStateFile(fs, "run").status().reason(), Reason::kMissing);
  ASSERT_TRUE(fs.Put("run/checkpoint", AsBytes("oops")).ok());
  EXPECT_THAT(std::string(ReadStateFile(fs, "run").status().message()),
              HasSubstr("run/checkpoint: line 1"));
}

// A power cut or an error at each step of writing leaves the old file or the new one.
TEST(WriteStateFileTest, IsOldOrNewAtEveryStep) {
  const StateFile old_state = Naming("model-1");
  const StateFile new_state = Naming("model-2");
  bool was_written = false;
  for (uint64_t step = 1; !was_written; ++step) {
    ASSERT_LT(step, 20u);
    for (const Survives survives : {Survives::kSynced, Survives::kNamesAndSizes}) {
      MemoryFileSystem disk;
      ASSERT_TRUE(disk.CreateDirectories("run").ok());
      ASSERT_TRUE(disk.SyncDirectory(".").ok());
      ASSERT_TRUE(WriteStateFile(disk, "run", old_state).ok());
      FaultFileSystem fs(disk);
      fs.script().StopAt(step);
      was_written = WriteStateFile(fs, "run", new_state).ok();
      const auto found = ReadStateFile(*disk.AfterPowerCut(survives), "run");
      ASSERT_TRUE(found.ok()) << "step " << step << ": " << found.status().message();
      if (was_written) {
        EXPECT_EQ(found->latest, "model-2");
      } else {
        EXPECT_TRUE(found->latest == "model-1" || found->latest == "model-2") << found->latest;
      }
    }
  }
}

TEST(WriteStateFileTest, AFullDiskLeavesTheOldFileAndNothingElse) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.CreateDirectories("run").ok());
  ASSERT_TRUE(WriteStateFile(disk, "run", Naming("model-1")).ok());
  FaultFileSystem fs(disk);
  fs.script().Inject({.call = Call::kWrite, .reason = Reason::kNoSpace});
  EXPECT_EQ(WriteStateFile(fs, "run", Naming("model-2")).reason(), Reason::kNoSpace);
  EXPECT_EQ(ReadStateFile(disk, "run")->latest, "model-1");
  EXPECT_THAT(*disk.List("run"), ElementsAre("checkpoint"));
}

struct Named {
  const char* what;
  std::vector<std::string> files;
  const char* directory;
  std::string path;
  const char* prefix;  // or null
  Reason reason;       // if null
  const char* note;    // part of it; "" = none
};

class LocateNamedTest : public testing::TestWithParam<Named> {};

TEST_P(LocateNamedTest, FindsItOrSaysWhyNot) {
  const Named& row = GetParam();
  MemoryFileSystem fs;
  for (const std::string& file : row.files) ASSERT_TRUE(fs.Put(file, {}).ok());
  const auto named = LocateNamed(fs, row.directory, row.path);
  if (row.prefix == nullptr) {
    EXPECT_EQ(named.status().reason(), row.reason) << row.what;
    return;
  }
  ASSERT_TRUE(named.ok()) << row.what << ": " << named.status().message();
  EXPECT_EQ(named->path, row.prefix) << row.what;
  if (*row.note == '\0') {
    EXPECT_EQ(named->note, "") << row.what;
  } else {
    EXPECT_THAT(named->note, HasSubstr(row.note)) << row.what;
  }
}

constexpr Reason kNone = Reason::kNone;
INSTANTIATE_TEST_SUITE_P(
    , LocateNamedTest,
    testing::Values(
        Named{"relative", {"run/m-9.index"}, "run", "m-9", "run/m-9", kNone, ""},
        Named{"in a folder", {"run/sub/m-9.index"}, "run", "sub/m-9", "run/sub/m-9", kNone, ""},
        Named{"H2 there and back",
              {"run/m-9.index"},
              "run",
              "sub/../m-9",
              "run/m-9",
              kNone,
              "beside"},
        Named{"H2 absolute, below",
              {"/d/run/m-9.index"},
              "/d/run/",
              "/d/run/m-9",
              "/d/run/m-9",
              kNone,
              ""},
        Named{"V1 file", {"run/m-9"}, "run", "m-9", "run/m-9", kNone, ""},
        Named{"V1 shards",
              {"run/m-00000-of-00002"},
              "run",
              "m-?\?\?\?\?-of-00002",
              "run/m-?\?\?\?\?-of-00002",
              kNone,
              ""},
        Named{"moved directory",
              {"run/m-9.index"},
              "run",
              "/elsewhere/m-9",
              "run/m-9",
              kNone,
              "'/elsewhere/m-9' is elsewhere; taken as run/m-9"},
        Named{"copied directory: the original stays out of it",
              {"/a/m-9.index", "/b/m-9.index"},
              "/b",
              "/a/m-9",
              "/b/m-9",
              kNone,
              "elsewhere"},
        Named{"a folder that is gone",
              {"run/m-9.index"},
              "run",
              "old/m-9",
              "run/m-9",
              kNone,
              "is not there"},
        Named{
            "H2 a URL", {"run/m-9.index"}, "run", "gs://bucket/m-9", "run/m-9", kNone, "elsewhere"},
        Named{
            "H2 a file URL", {"/a/m-9.index"}, "run", "file:///a/m-9", nullptr, Reason::kPath, ""},
        Named{"H2 leaves the directory",
              {"m-9.index", "run/x"},
              "run",
              "../m-9",
              nullptr,
              Reason::kPath,
              ""},
        Named{"leaves it, and there is one inside",
              {"m-9.index", "run/m-9.index"},
              "run",
              "../m-9",
              "run/m-9",
              kNone,
              "elsewhere"},
        Named{"leaves it by a detour",
              {"m-9.index", "run/x"},
              "run",
              "a/../../m-9",
              nullptr,
              Reason::kPath,
              ""},
        Named{"absolute, elsewhere only",
              {"/etc/m-9.index", "run/x"},
              "run",
              "/etc/m-9",
              nullptr,
              Reason::kPath,
              ""},
        Named{"a neighbour whose name begins alike",
              {"/run2/m-9.index", "/run/x"},
              "/run",
              "/run2/m-9",
              nullptr,
              Reason::kPath,
              ""},
        Named{"absolute, and up again",
              {"/m-9.index", "/run/x"},
              "/run",
              "/run/../m-9",
              nullptr,
              Reason::kPath,
              ""},
        Named{"H2 a home directory", {"run/~/m-9.index"}, "run", "~/m-9", "run/~/m-9", kNone, ""},
        Named{"H2 glob characters", {"run/m-9.index"}, "run", "m-*", nullptr, Reason::kMissing, ""},
        Named{"glob characters that are the name",
              {"run/m[1]*.index"},
              "run",
              "m[1]*",
              "run/m[1]*",
              kNone,
              ""},
        Named{"H2 a newline", {"run/m\n9.index"}, "run", "m\n9", "run/m\n9", kNone, ""},
        Named{"H2 NUL", {"run/m.index"}, "run", "m\0x"s, nullptr, Reason::kPath, ""},
        Named{"too long for a name",
              {"run/x"},
              "run",
              std::string(5000, 'a'),
              nullptr,
              Reason::kMissing,
              ""},
        Named{"empty", {"run/.index"}, "run", "", nullptr, Reason::kMissing, ""},
        Named{"relative to itself", {"run/m-9.index"}, "run", "./m-9", "run/m-9", kNone, ""},
        Named{"the empty prefix", {"run/.index"}, "run", ".", "run/", kNone, ""},
        Named{"the empty prefix, absolute", {"/d/w/.index"}, "/d/w", "/d/w/", "/d/w/", kNone, ""},
        Named{"the empty prefix of a moved directory",
              {"run/.index"},
              "run",
              "/old/weights/",
              "run/",
              kNone,
              "elsewhere"},
        Named{"Windows, in a folder",
              {"run/sub/m-9.index"},
              "run",
              "sub\\m-9",
              "run/sub/m-9",
              kNone,
              ""},
        Named{"Windows, absolute",
              {"run/m-9.index"},
              "run",
              "C:\\train\\run\\m-9",
              "run/m-9",
              kNone,
              "beside the state file"},
        Named{"Windows, out of the directory",
              {"m-9.index", "run/x"},
              "run",
              "..\\m-9",
              nullptr,
              Reason::kMissing,
              ""},
        Named{"a backslash in a name",
              {"run/a\\m-9.index", "run/a/m-9.index", "run/m-9.index"},
              "run",
              "a\\m-9",
              "run/a\\m-9",
              kNone,
              ""},
        Named{"the directory itself", {"run/x"}, "run", ".", nullptr, Reason::kMissing, ""},
        Named{"the parent", {"run/x"}, "run", "..", nullptr, Reason::kPath, ""},
        Named{"gone", {"run/m-8.index"}, "run", "m-9", nullptr, Reason::kMissing, ""},
        Named{"H11 an index that is a directory",
              {"run/m-9.index/x"},
              "run",
              "m-9",
              nullptr,
              Reason::kMissing,
              ""},
        Named{"data only",
              {"run/m-9.data-00000-of-00001"},
              "run",
              "m-9",
              nullptr,
              Reason::kMissing,
              ""}));

TEST(StateFileCorpusTest, StateFilesAreReadAndWrittenAsTheyAre) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "the corpus (CAIRN_CORPUS) is not here";
  FileSystem& fs = LocalFileSystem();
  size_t num_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().filename() != kStateFileName || !entry.is_regular_file()) continue;
    ++num_files;
    const std::string path = entry.path();
    const auto state = ReadStateFileAt(fs, path);
    ASSERT_TRUE(state.ok()) << state.status().message();
    EXPECT_EQ(FormatStateFile(*state), AsText(*ReadWholeFile(fs, path))) << path;
  }
  EXPECT_GT(num_files, 50u);
}

}  // namespace
}  // namespace cairn
